using AdwUNet.Kernel.Interactive;

#pragma warning disable IDE0130 // Found where the type is that it extends.
namespace Microsoft.DotNet.Interactive;
#pragma warning restore IDE0130

/// <summary>What this kernel adds to the context of a cell.</summary>
public static class ClearingExtensions
{
    /// <summary>Removes what the running cell has put out so far.</summary>
    /// <param name="context">The context of the cell.</param>
    /// <param name="wait">Whether it stays until the next output comes, which then takes its place without a flicker.</param>
    public static void ClearOutput(this KernelInvocationContext context, bool wait = false)
    {
        ArgumentNullException.ThrowIfNull(context);
        RunningCell.Required.Output.Clear(wait);
    }
}
