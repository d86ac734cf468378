namespace AdwUNet.Kernel.Execution;

/// <summary>The error of a failed cell.</summary>
/// <param name="Name">The kind of error: an exception type's name.</param>
/// <param name="Message">The message for the reader.</param>
/// <param name="Traceback">The lines to show below the cell: the message, then the cell's own lines that led there.</param>
internal sealed record CellError(string Name, string Message, IReadOnlyList<string> Traceback);
