using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace AdwUNet.Kernel.References;

/// <summary>
/// The references of a session's cells: the framework, and the libraries that <c>#r</c> adds. The compiler and the loader
/// use the same set.
/// </summary>
internal sealed class ReferenceSet
{
    private readonly NotebookLoadContext _loader;
    private readonly Dictionary<string, PortableExecutableReference> _bySimpleName = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _added = new(StringComparer.Ordinal);
    private ImmutableArray<MetadataReference> _all;

    public ReferenceSet(NotebookLoadContext loader)
    {
        _loader = loader;
        foreach (var (name, path) in Framework.Assemblies)
        {
            if (MappedMetadata.TryGet(path) is { } reference)
                _bySimpleName[name] = reference;
        }
    }

    /// <summary>All references, for the compiler.</summary>
    public ImmutableArray<MetadataReference> All
    {
        get
        {
            if (_all.IsDefault)
                _all = [.. _bySimpleName.Values];
            return _all;
        }
    }

    /// <summary>Adds an assembly file and the managed assemblies beside it, which are usable in cells too.</summary>
    /// <param name="path">As the cell names it: absolute, or relative to <paramref name="folder"/>.</param>
    /// <param name="folder">The folder of the notebook or script.</param>
    /// <exception cref="NotebookException">There is no such file, or it is no assembly.</exception>
    public void AddFile(string path, string folder)
    {
        // `#r "System.Net.Http"` names a framework assembly, which is already referenced.
        if (Framework.Assemblies.ContainsKey(path))
            return;
        var file = Path.GetFullPath(Path.Combine(folder, path));
        if (!_added.Add(file))
            return;
        if (!File.Exists(file))
        {
            _added.Remove(file);
            throw new NotebookException($"The library '{path}' of the #r line does not exist (looked for {file}): build it first.");
        }

        if (MappedMetadata.TryGet(file) is null)
            throw new NotebookException($"The file '{path}' of the #r line is not a .NET assembly.");
        _loader.AddFolderOf(file);
        AddAssembly(file);
        foreach (var neighbour in Directory.EnumerateFiles(Path.GetDirectoryName(file)!, "*.dll").Order(StringComparer.Ordinal))
            AddAssembly(neighbour);
    }

    /// <summary>Adds one assembly file. The first file with a simple name is kept, because it may already be loaded.</summary>
    public void AddAssembly(string file)
    {
        var name = Path.GetFileNameWithoutExtension(file);
        if (_bySimpleName.ContainsKey(name) || MappedMetadata.TryGet(file) is not { } reference)
            return;
        _bySimpleName.Add(name, reference);
        _loader.AddManaged(file);
        _all = default;
    }

    /// <summary>Makes a native library of a package loadable.</summary>
    public void AddNative(string file) => _loader.AddNative(file);
}
