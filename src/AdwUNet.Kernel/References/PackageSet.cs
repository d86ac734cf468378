namespace AdwUNet.Kernel.References;

/// <summary>The packages of one session and where they come from.</summary>
internal sealed class PackageSet(ReferenceSet references, string folder)
{
    private readonly Dictionary<string, PackageRequest> _packages = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _sources = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Queue<string> _extensions = [];

    /// <summary>Adds a package source for this and all later packages.</summary>
    /// <param name="source">An address, or a folder, which may be relative.</param>
    /// <param name="from">The folder of the notebook or script that names it.</param>
    public void AddSource(string source, string from)
    {
        var path = Path.GetFullPath(Path.Combine(from, source));
        _sources.Add(Directory.Exists(path) ? path : source);
    }

    /// <summary>Restores packages together with those before and makes their assemblies usable.</summary>
    /// <exception cref="NotebookException">NuGet fails, or another version of a package is already loaded.</exception>
    public async Task AddAsync(IReadOnlyList<PackageRequest> requests, CancellationToken cancellationToken)
    {
        foreach (var request in requests)
        {
            if (request.Version is { } version && _packages.TryGetValue(request.Id, out var earlier) && earlier.Version is { } has && has != version)
                throw new NotebookException($"{request.Id} {version} cannot be added: {has} was added before and is in use. Restart the kernel to change it.");
        }

        var added = requests.Where(request => _packages.TryAdd(request.Id, request)).ToList();
        if (added.Count == 0)
            return;
        try
        {
            var restored = await PackageRestore.RestoreAsync(_packages.Values, _sources, folder, cancellationToken).ConfigureAwait(false);
            foreach (var file in restored.Managed)
                references.AddAssembly(file);
            foreach (var file in restored.Native)
                references.AddNative(file);
            foreach (var extension in restored.Extensions.Where(_seen.Add))
                _extensions.Enqueue(extension);
        }
        catch
        {
            // The user may correct the cell and run it again; it must then restore again.
            foreach (var request in added)
                _packages.Remove(request.Id);
            throw;
        }
    }

    /// <summary>The folders of extensions in packages, each returned once.</summary>
    public IEnumerable<string> TakeExtensions()
    {
        while (_extensions.TryDequeue(out var extension))
            yield return extension;
    }
}
