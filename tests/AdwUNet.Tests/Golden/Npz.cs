using System.IO.Compression;

namespace AdwUNet.Tests.Golden;

/// <summary>A zip of NumPy arrays, by name.</summary>
public sealed class Npz
{
    private readonly Dictionary<string, Npy> arrays = [];

    public Npz(string path)
    {
        using var zip = ZipFile.OpenRead(path);
        foreach (var entry in zip.Entries)
        {
            using var stream = entry.Open();
            arrays[entry.FullName[..^".npy".Length]] = Npy.Read(stream);
        }
    }

    public IEnumerable<string> Names => arrays.Keys;

    public Npy this[string name] => arrays.TryGetValue(name, out var array)
        ? array
        : throw new KeyNotFoundException($"no array {name}; there are {string.Join(", ", arrays.Keys.Take(8))} ...");

    public bool Contains(string name) => arrays.ContainsKey(name);
}
