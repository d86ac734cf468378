using System.Runtime.CompilerServices;

namespace AdwUNet.Kernel.Execution;

/// <summary>
/// Code into which the abort of a cell does not reach: what it has begun it ends, and no lock stays held. An abort spares
/// <c>finally</c> blocks, but an optimizing compiler knows nothing of that and copies them out: so nothing here is optimized.
/// </summary>
internal static class Unabortable
{
    /// <summary>Runs code that is over soon: as long as it runs, an aborted cell lives on.</summary>
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
