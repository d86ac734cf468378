namespace AdwUNet.Kernel.Execution;

/// <summary>A variable that cells have declared.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type that it was declared with.</param>
/// <param name="Value">What it holds.</param>
internal sealed record Variable(string Name, Type Type, object? Value);
