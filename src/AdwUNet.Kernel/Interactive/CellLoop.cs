using System.ComponentModel;
using System.Runtime.CompilerServices;
using AdwUNet.Kernel.Execution;

namespace AdwUNet.Kernel.Interactive;

/// <summary>What the kernel writes into the loops of cells, so that they can be stopped. Not for use by hand.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class CellLoop
{
    /// <summary>Ends the loop where its cell is to stop at once.</summary>
    /// <exception cref="OperationCanceledException">It is.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Check()
    {
        if (CellStop.IsAnyAborted)
            RunningCell.Current?.Stop.ThrowIfAborted();
    }
}
