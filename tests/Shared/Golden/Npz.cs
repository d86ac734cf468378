using System.IO.Compression;

namespace AdwUNet.Tests.Golden;

/// <summary>A zip of NumPy arrays, by name.</summary>
public sealed class Npz
{
    private readonly Dictionary<string, Npy> _arrays = [];

    public Npz(string path)
    {
        using var zip = ZipFile.OpenRead(path);
        foreach (var entry in zip.Entries)
        {
            using var stream = entry.Open();
            _arrays[entry.FullName[..^".npy".Length]] = Npy.Read(stream);
        }
    }

    public IEnumerable<string> Names => _arrays.Keys;

    public Npy this[string name] => _arrays.TryGetValue(name, out var array)
        ? array
        : throw new KeyNotFoundException($"no array {name}; there are {string.Join(", ", _arrays.Keys.Take(8))} ...");

    public bool Contains(string name) => _arrays.ContainsKey(name);
}
