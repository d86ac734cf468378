using AdwUNet.Kernel.CellApi;
using AdwUNet.Kernel.Execution;

#pragma warning disable IDE0130 // The namespace of the extended type.
namespace Microsoft.DotNet.Interactive;
#pragma warning restore IDE0130

/// <summary>Extends the context of a cell.</summary>
public static class ClearingExtensions
{
    /// <summary>Removes the outputs of the running cell so far.</summary>
    /// <param name="context">The context of the cell.</param>
    /// <param name="wait">Whether the outputs stay until the next output replaces them, to avoid flicker.</param>
    public static void ClearOutput(this KernelInvocationContext context, bool wait = false)
    {
        ArgumentNullException.ThrowIfNull(context);
        RunningCell.Required.Output.Clear(wait);
    }
}
