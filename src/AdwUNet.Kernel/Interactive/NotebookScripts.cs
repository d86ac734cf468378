using AdwUNet.Kernel.Jupyter;

namespace AdwUNet.Kernel.Interactive;

/// <summary>Scripts that loaded libraries carry, for pages that a notebook server shows. Libraries find this type by its name.</summary>
public static class NotebookScripts
{
    /// <summary>Where a page that a notebook server shows finds a script that a loaded library carries as a resource.</summary>
    /// <param name="file">The script's file name, such as <c>plotly-2.28.0.min.js</c>.</param>
    /// <returns>An address below the server's base address; null where there is no server, or nothing that it could offer.</returns>
    public static string? AddressOf(string file) => ServedScripts.AddressOf(file);
}
