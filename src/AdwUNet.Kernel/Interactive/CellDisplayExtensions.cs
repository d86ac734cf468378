using AdwUNet.Kernel.Interactive;
using Microsoft.DotNet.Interactive.Formatting;

#pragma warning disable IDE0130 // Where the package has its own, so that the compiler chooses between the two.
namespace System;
#pragma warning restore IDE0130

/// <summary>
/// <c>Display</c> as cells call it: the result has the id of the display, which that of <see cref="DisplayExtensions"/> has not. Both fit a
/// call; the compiler prefers a span to an array.
/// </summary>
public static class CellDisplayExtensions
{
    /// <summary>Shows a value below the cell, at once.</summary>
    /// <param name="value">What to show.</param>
    /// <param name="mimeTypes">The forms wanted; none means what the value's type prefers.</param>
    /// <returns>A handle by which the display can be replaced later.</returns>
    public static DisplayedValue Display(this object? value, params ReadOnlySpan<string> mimeTypes)
    {
        var forms = FormattedValue.CreateManyFromObject(value, mimeTypes.ToArray());
        var shown = new DisplayedValue(value, forms);
        CellDisplays.Show(RunningCell.Required, value, forms, shown.DisplayId);
        return shown;
    }
}
