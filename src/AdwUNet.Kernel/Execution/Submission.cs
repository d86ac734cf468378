using Microsoft.CodeAnalysis;

namespace AdwUNet.Kernel.Execution;

/// <summary>A piece of code that is compiled and loaded, ready to run after those before it.</summary>
internal sealed record Submission(Func<object?[], Task<object?>> Run, bool HasValue, IReadOnlyList<Diagnostic> Warnings);
