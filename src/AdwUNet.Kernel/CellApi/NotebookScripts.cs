using AdwUNet.Kernel.Jupyter;

namespace AdwUNet.Kernel.CellApi;

/// <summary>Scripts in loaded libraries, for pages of a notebook server. Libraries find this type by its name.</summary>
public static class NotebookScripts
{
    /// <summary>The address at which a notebook server provides a script that a loaded library contains as a resource.</summary>
    /// <param name="file">The script's file name, such as <c>plotly-2.28.0.min.js</c>.</param>
    /// <returns>An address relative to the server's base address; null without a server or without such a script.</returns>
    public static string? AddressOf(string file) => ServedScripts.AddressOf(file);
}
