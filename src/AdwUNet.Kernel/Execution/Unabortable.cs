using System.Runtime.CompilerServices;

namespace AdwUNet.Kernel.Execution;

/// <summary>
/// Runs code that the abort of a cell cannot interrupt, so that no lock stays held. An abort does not interrupt <c>finally</c> blocks, but the
/// optimizing compiler may move their code out of the block; optimization is therefore off here.
/// </summary>
internal static class Unabortable
{
    /// <summary>Runs code, which must be short: an aborted cell cannot end before it.</summary>
    [MethodImpl(MethodImplOptions.NoOptimization | MethodImplOptions.NoInlining)]
    public static void Run<T>(Action<T> code, T state)
    {
        try
        {
        }
        finally
        {
            code(state);
        }
    }
}
