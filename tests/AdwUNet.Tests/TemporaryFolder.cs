namespace AdwUNet.Tests;

/// <summary>A folder of its own for one test, removed at its end.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("adwunet-test-").FullName;

    public string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Puts a new file in an old one's place; file systems write an overwritten file to the disk at once, a new one later.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> bytes)
    {
        File.Delete(path);
        File.WriteAllBytes(path, bytes);
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
