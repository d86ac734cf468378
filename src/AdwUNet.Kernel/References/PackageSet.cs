namespace AdwUNet.Kernel.References;

/// <summary>The packages of one session and their sources.</summary>
/// <param name="references">The references of the session.</param>
/// <param name="folder">The folder where the search for nuget.config begins.</param>
internal sealed class PackageSet(ReferenceSet references, string folder)
{
    private readonly Dictionary<string, PackageRequest> _packages = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _sources = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Queue<Extension> _extensions = [];
    private readonly List<Extension> _failed = [];

    /// <summary>Adds a package source for this and all later packages.</summary>
    /// <param name="source">An address, or a folder, which may be relative.</param>
    /// <param name="from">The folder of the notebook or script that names it.</param>
    public void AddSource(string source, string from)
    {
        var path = Path.GetFullPath(Path.Combine(from, source));
        _sources.Add(Directory.Exists(path) ? path : source);
    }

    /// <summary>Restores packages together with the earlier ones, and makes their assemblies usable.</summary>
    /// <exception cref="NotebookException">NuGet fails, or another version of a package is already loaded.</exception>
    public async Task AddAsync(IReadOnlyList<PackageRequest> requests, CancellationToken cancellationToken)
    {
        foreach (var request in requests)
        {
            if (request.Version is { } version && _packages.TryGetValue(request.Id, out var earlier) && earlier.Version is { } has && has != version)
                throw new NotebookException($"{request.Id} {version} cannot be added: {has} was added before and is in use. Restart the kernel to change it.");
        }

        RetryFailed(requests);
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
                _extensions.Enqueue(new Extension(extension, added));
        }
        catch
        {
            // The user may correct the cell and run it again; it must then restore again.
            foreach (var request in added)
                _packages.Remove(request.Id);
            throw;
        }
    }

    /// <summary>Loads the extensions in the packages that were added. An extension that fails is loaded again when its package is added again.</summary>
    /// <param name="load">Loads the extension in a folder.</param>
    public async Task LoadExtensionsAsync(Func<string, Task> load)
    {
        // An extension may submit code, which comes here too: it must not find the extension that is being loaded.
        while (_extensions.TryDequeue(out var extension))
        {
            try
            {
                await load(extension.Folder).ConfigureAwait(false);
            }
            catch
            {
                _failed.Add(extension);
                throw;
            }
        }
    }

    private void RetryFailed(IReadOnlyList<PackageRequest> requests)
    {
        foreach (var extension in _failed.FindAll(failed => failed.Added.Any(added => requests.Any(request => request.Id.Equals(added.Id, StringComparison.OrdinalIgnoreCase)))))
        {
            _failed.Remove(extension);
            _extensions.Enqueue(extension);
        }
    }

    /// <param name="Folder">The folder of the extension.</param>
    /// <param name="Added">The packages that the cell added: one of them, or a dependency, contains the extension.</param>
    private sealed record Extension(string Folder, IReadOnlyList<PackageRequest> Added);
}
