namespace AdwUNet.Tests;

/// <summary>A folder of its own for one test, removed at its end.</summary>
public sealed class TemporaryFolder : IDisposable
{
    private const string MemoryFolder = "/dev/shm";

    /// <summary>Makes the folder.</summary>
    /// <param name="inMemory">In memory where the system has a place for that: for thousands of small files one after the other.</param>
    public TemporaryFolder(bool inMemory = false)
    {
        // With a space, as paths of users have.
        const string Prefix = "adwunet test ";
        Root = inMemory && Directory.Exists(MemoryFolder)
            ? Directory.CreateDirectory(Path.Combine(MemoryFolder, Prefix + Path.GetRandomFileName())).FullName
            : Directory.CreateTempSubdirectory(Prefix).FullName;
    }

    public string Root { get; }

    public string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Writes a text file.</summary>
    /// <returns>Its path.</returns>
    public string Write(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
