namespace AdwUNet.Tests;

/// <summary>The checkout that the running program was built from.</summary>
public static class Repository
{
    private const string Solution = "AdwUNet.slnx";

    /// <summary>Its folder.</summary>
    public static string Root { get; } = Find();

    /// <summary>The built command, of the configuration that is running.</summary>
    public static string Command
    {
        get
        {
            // artifacts/bin/<project>/<configuration>[_<runtime>]; the command's folder of the same configuration has no runtime.
            var configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)).Split('_')[0];
            return Path.Combine(Root, "artifacts", "bin", "AdwUNet.Kernel", configuration, "adw.dll");
        }
    }

    private static string Find()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, Solution)))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException($"No {Solution} above {AppContext.BaseDirectory}.");
        }

        return folder;
    }
}
