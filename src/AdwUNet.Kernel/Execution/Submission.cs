using Microsoft.CodeAnalysis;

namespace AdwUNet.Kernel.Execution;

/// <summary>A piece of code that is compiled and loaded, ready to run after those before it.</summary>
/// <param name="Run">The code; null where there is none.</param>
/// <param name="Result">Whether its value is to be shown.</param>
/// <param name="AsksForToken">Whether it, or a cell that it uses, reads the cancellation token.</param>
/// <param name="Warnings">The compiler's warnings.</param>
/// <param name="Link">What it leaves to later ones; null where that is nothing.</param>
internal sealed record Submission(Func<object?[], Task<object?>>? Run, CellResult Result, bool AsksForToken, IReadOnlyList<Diagnostic> Warnings, ChainLink? Link)
{
    /// <summary>Whether a value that it returned is to be shown.</summary>
    public bool Shows(object? value) => Result == CellResult.Value || (Result == CellResult.MayReturn && value is not null);
}
