using Microsoft.DotNet.Interactive;

#pragma warning disable IDE0130 // .NET Interactive has these extensions in System, so that every cell sees them.
namespace System;
#pragma warning restore IDE0130

/// <summary>Shows values below the running cell.</summary>
public static class DisplayExtensions
{
    /// <summary>Shows a value below the cell, at once.</summary>
    /// <param name="value">What to show.</param>
    /// <param name="mimeTypes">The forms wanted; none means what the value's type prefers.</param>
    /// <returns>A handle by which the display can be replaced later.</returns>
    public static DisplayedValue Display(this object? value, params string[] mimeTypes) =>
        KernelInvocationContext.Required.Display(value, mimeTypes);

    /// <summary>Shows a text that already is of the given MIME type.</summary>
    /// <param name="value">The text.</param>
    /// <param name="mimeType">Its MIME type, such as <c>text/html</c>.</param>
    /// <param name="additionalMimeTypes">Further MIME types under which the same text is right.</param>
    /// <returns>A handle by which the display can be replaced later.</returns>
    public static DisplayedValue DisplayAs(this string value, string mimeType, params string[] additionalMimeTypes) =>
        KernelInvocationContext.Required.DisplayAs(value, mimeType, additionalMimeTypes);
}
