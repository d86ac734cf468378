using System.Globalization;
using Microsoft.CodeAnalysis;

namespace AdwUNet.Kernel.Execution;

/// <summary>Code that the compiler refuses.</summary>
internal sealed class CompilationFailedException(IReadOnlyList<Diagnostic> errors)
    : Exception(errors[0].GetMessage(CultureInfo.InvariantCulture))
{
    public IReadOnlyList<Diagnostic> Errors { get; } = errors;
}
