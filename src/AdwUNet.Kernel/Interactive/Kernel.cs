using AdwUNet.Kernel.Execution;
using AdwUNet.Kernel.Jupyter;
using Microsoft.AspNetCore.Html;

namespace Microsoft.DotNet.Interactive;

/// <summary>
/// The helpers that every cell may call without a prefix: the same names that .NET Interactive gives, so that a
/// notebook runs in both.
/// </summary>
public static class Kernel
{
    /// <summary>Shows a value below the cell, at once.</summary>
    /// <param name="value">What to show.</param>
    /// <param name="mimeTypes">The forms wanted; none means what the value's type prefers.</param>
    /// <returns>A handle by which the display can be replaced later.</returns>
#pragma warning disable IDE1006 // .NET Interactive's name is lower case.
    public static DisplayedValue display(object? value, params string[] mimeTypes) =>
        KernelInvocationContext.Required.Display(value, mimeTypes);
#pragma warning restore IDE1006

    /// <summary>Marks a text as HTML.</summary>
    /// <param name="content">Trusted markup, shown as it is.</param>
    /// <returns>Something that is shown as HTML.</returns>
    public static IHtmlContent HTML(string content) => new HtmlString(content);

    /// <summary>Runs a script in the page that shows the notebook.</summary>
    /// <param name="scriptContent">The script's text.</param>
    public static void Javascript(string scriptContent) =>
        KernelInvocationContext.Required.DisplayAs(
            "<script type=\"text/javascript\">" + scriptContent + "</script>", MimeBundle.Html);

    /// <summary>Where a page that a notebook server shows finds a script that a loaded library carries as a resource.</summary>
    /// <param name="file">The script's file name, such as <c>plotly-2.28.0.min.js</c>.</param>
    /// <returns>An address below the server's base address; null where there is no server, or nothing that it could offer.</returns>
    public static string? ScriptAddress(string file) => ServedScripts.AddressOf(file);
}
