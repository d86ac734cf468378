using System.ComponentModel;
using Microsoft.DotNet.Interactive.Formatting;

namespace AdwUNet.Kernel.Interactive;

/// <summary>What cells call without a prefix beside the functions of Microsoft.DotNet.Interactive's <c>Kernel</c>.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class CellFunctions
{
    /// <summary>Shows a value below the cell, at once.</summary>
    /// <param name="value">What to show.</param>
    /// <param name="mimeTypes">The forms wanted; none means what the value's type prefers.</param>
    /// <returns>A handle by which the display can be replaced later.</returns>
#pragma warning disable IDE1006 // .NET Interactive's name is lower case.
    public static DisplayedValue display(object? value, params ReadOnlySpan<string> mimeTypes) => CellDisplayExtensions.Display(value, mimeTypes);
#pragma warning restore IDE1006
}
