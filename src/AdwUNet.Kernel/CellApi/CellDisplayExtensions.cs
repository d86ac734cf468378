using AdwUNet.Kernel.CellApi;
using AdwUNet.Kernel.Execution;
using Microsoft.DotNet.Interactive.Formatting;

#pragma warning disable IDE0130 // The namespace of the package's own extensions, so that the compiler chooses between the two.
namespace System;
#pragma warning restore IDE0130

/// <summary>
/// The <c>Display</c> that cells call. Unlike the result of <see cref="DisplayExtensions"/>, its result has the id of the display. Both overloads are
/// applicable; the compiler prefers this one because of its span parameter.
/// </summary>
public static class CellDisplayExtensions
{
    /// <summary>Shows a value below the cell, at once.</summary>
    /// <param name="value">The value.</param>
    /// <param name="mimeTypes">The forms wanted; if there are none, those that the value's type prefers.</param>
    /// <returns>A handle that can replace the display later.</returns>
    public static DisplayedValue Display(this object? value, params ReadOnlySpan<string> mimeTypes)
    {
        var forms = FormattedValue.CreateManyFromObject(value, mimeTypes.ToArray());
        var shown = new DisplayedValue(value, forms);
        CellDisplays.Show(RunningCell.Required, value, forms, shown.DisplayId);
        return shown;
    }
}
