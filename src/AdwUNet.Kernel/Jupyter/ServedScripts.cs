using AdwUNet.Kernel.Html;

namespace AdwUNet.Kernel.Jupyter;

/// <summary>
/// Scripts of loaded libraries for the pages of a notebook server, without a network and without a copy in every notebook: the
/// server provides the files in the folder of the installed kernel.
/// </summary>
internal static class ServedScripts
{
    /// <summary>The folder of this kernel's <c>kernel.json</c>; null where no front end has named it.</summary>
    public static string? KernelFolder { get; set; }

    /// <summary>Copies a script into the folder that the server provides.</summary>
    /// <param name="file">The script's file name, with its version.</param>
    /// <returns>Its address relative to the server's base address; null if no loaded library contains it, or the folder is not writable.</returns>
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
            // Another user installed the kernel for all users; pages then load the script from the web.
            return null;
        }

        return $"kernelspecs/{Uri.EscapeDataString(Path.GetFileName(folder))}/{file}";
    }
}
