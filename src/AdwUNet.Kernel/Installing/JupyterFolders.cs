namespace AdwUNet.Kernel.Installing;

/// <summary>The folders in which Jupyter looks for kernels.</summary>
internal static class JupyterFolders
{
    /// <summary>The folder of the kernels of the current user.</summary>
    public static string User => KernelsOf(UserData(Environment.GetEnvironmentVariable, Current));

    /// <summary>The folder of the kernels of an environment, such as a virtual or conda environment's.</summary>
    public static string OfPrefix(string prefix) => KernelsOf(Path.Combine(Path.GetFullPath(prefix), "share", "jupyter"));

    /// <summary>All folders that every Jupyter searches, in order. (It also searches the folder of its own environment.)</summary>
    public static IReadOnlyList<string> SearchPath
    {
        get
        {
            var path = Environment.GetEnvironmentVariable("JUPYTER_PATH") ?? "";
            var chosen = path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            string[] shared = OperatingSystem.IsWindows()
                ? [Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.CommonApplicationData), "jupyter")]
                : ["/usr/local/share/jupyter", "/usr/share/jupyter"];
            return [.. chosen.Select(KernelsOf), User, .. shared.Select(KernelsOf)];
        }
    }

    /// <summary>The user's data folder of Jupyter.</summary>
    /// <param name="variable">Returns the value of an environment variable.</param>
    /// <param name="platform">The platform whose conventions apply.</param>
    internal static string UserData(Func<string, string?> variable, Platform platform)
    {
        if (variable("JUPYTER_DATA_DIR") is { Length: > 0 } chosen)
            return chosen;
        var home = variable(platform == Platform.Windows ? "USERPROFILE" : "HOME") is { Length: > 0 } known
            ? known
            : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return platform switch
        {
            Platform.MacOS => Path.Combine(home, "Library", "Jupyter"),
            Platform.Windows => Path.Combine(
                variable("APPDATA") is { Length: > 0 } roaming ? roaming : Path.Combine(home, "AppData", "Roaming"), "jupyter"),
            _ => Path.Combine(
                variable("XDG_DATA_HOME") is { Length: > 0 } data ? data : Path.Combine(home, ".local", "share"), "jupyter"),
        };
    }

    private static Platform Current =>
        OperatingSystem.IsWindows() ? Platform.Windows : OperatingSystem.IsMacOS() ? Platform.MacOS : Platform.Xdg;

    private static string KernelsOf(string data) => Path.Combine(data, "kernels");
}
