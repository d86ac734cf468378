namespace AdwUNet.Tests.Golden;

/// <summary>Where the values that the authors' code produced lie: <c>tests/golden</c> of this repository.</summary>
public static class GoldenFiles
{
    /// <summary>The repository's root.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The full path of a file under <c>tests/golden</c>.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, "tests", "golden", .. parts]);

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "AdwUNet.slnx")))
        {
            folder = Path.GetDirectoryName(folder.TrimEnd(Path.DirectorySeparatorChar))
                ?? throw new InvalidOperationException($"No AdwUNet.slnx above {AppContext.BaseDirectory}.");
        }

        return folder;
    }
}
