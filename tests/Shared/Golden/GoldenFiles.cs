namespace AdwUNet.Tests.Golden;

/// <summary>Where the values that the authors' code produced lie: <c>tests/golden</c> of this repository.</summary>
public static class GoldenFiles
{
    /// <summary>The repository's root.</summary>
    public static string Root => Repository.Root;

    /// <summary>The golden values of real data, which are not part of the repository: <c>shared/golden</c> beside it, if there is such a folder.</summary>
    public static string Hippocampus { get; } = Path.GetFullPath(Path.Combine(Root, "..", "shared", "golden", "preprocess_hippocampus.npz"));

    /// <summary>The full path of a file under <c>tests/golden</c>.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, "tests", "golden", .. parts]);
}
