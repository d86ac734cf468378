using System.ComponentModel;
using Microsoft.DotNet.Interactive.Formatting;

namespace AdwUNet.Kernel.CellApi;

/// <summary>Functions that cells call without a prefix, in addition to those of Microsoft.DotNet.Interactive's <c>Kernel</c>.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class CellFunctions
{
    /// <summary>Shows a value below the cell, at once.</summary>
    /// <param name="value">The value.</param>
    /// <param name="mimeTypes">The forms wanted; if there are none, those that the value's type prefers.</param>
    /// <returns>A handle that can replace the display later.</returns>
#pragma warning disable IDE1006 // .NET Interactive's name is lower case.
    public static DisplayedValue display(object? value, params ReadOnlySpan<string> mimeTypes) => CellDisplayExtensions.Display(value, mimeTypes);
#pragma warning restore IDE1006
}
