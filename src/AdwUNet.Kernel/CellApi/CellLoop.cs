using System.ComponentModel;
using System.Runtime.CompilerServices;
using AdwUNet.Kernel.Execution;

namespace AdwUNet.Kernel.CellApi;

/// <summary>Called by the checks that the kernel inserts into the loops of cells, so that they can be stopped. Not for direct use.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class CellLoop
{
    /// <summary>Ends the loop if its cell must stop at once.</summary>
    /// <exception cref="OperationCanceledException">The cell must stop.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Check()
    {
        if (CellStop.IsAnyAborted)
            RunningCell.Current?.Stop.ThrowIfAborted();
    }
}
