using AdwUNet.Kernel.Html;

namespace AdwUNet.Kernel.Jupyter;

/// <summary>
/// Scripts of loaded libraries for the pages of a notebook server, without a network and without a copy in every notebook: the
/// server offers the files of the folder that the kernel is installed in.
/// </summary>
internal static class ServedScripts
{
    /// <summary>The folder of this kernel's <c>kernel.json</c>; null where no front end has named it.</summary>
    public static string? KernelFolder { get; set; }

    /// <summary>Puts a script where the server offers it.</summary>
    /// <param name="file">The script's file name, with the version that is meant.</param>
    /// <returns>Its address below the server's base address; null where no loaded library carries it, or it cannot be put there.</returns>
    public static string? AddressOf(string file)
    {
        if (KernelFolder is not { } folder || !Directory.Exists(folder) || Path.GetFileName(file) != file)
            return null;
        var path = Path.Combine(folder, file);
        try
        {
            if (!File.Exists(path))
            {
                if (CarriedScript.Find(file) is not { } script)
                    return null;
                script.WriteTo(path);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Installed for all users by another one: pages take the script from the web.
            return null;
        }

        return $"kernelspecs/{Uri.EscapeDataString(Path.GetFileName(folder))}/{file}";
    }
}
