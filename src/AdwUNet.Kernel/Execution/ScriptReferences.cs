using AdwUNet.Kernel.References;

namespace AdwUNet.Kernel.Execution;

/// <summary>Adds the libraries and packages that cells and script files refer to, before the compiler sees the code.</summary>
/// <param name="references">The references of the session.</param>
/// <param name="folder">The folder where relative paths of cells begin.</param>
internal sealed class ScriptReferences(ReferenceSet references, string folder)
{
    /// <summary>The packages of the session.</summary>
    public PackageSet Packages { get; } = new(references, folder);

    /// <summary>The executed code, by the name of its cell or file, for tracebacks.</summary>
    public Dictionary<string, string> Sources { get; } = new(StringComparer.Ordinal);

    /// <summary>Adds what a cell refers to, and what the files that it loads refer to.</summary>
    /// <exception cref="NotebookException">A library, package or file cannot be found or used.</exception>
    public Task AddAsync(Directives directives, CancellationToken cancellationToken) =>
        AddAsync(directives, folder, new HashSet<string>(StringComparer.Ordinal), cancellationToken);

    private async Task AddAsync(Directives directives, string from, HashSet<string> seen, CancellationToken cancellationToken)
    {
        foreach (var library in directives.Libraries)
            references.AddFile(library, from);
        foreach (var source in directives.Sources)
            Packages.AddSource(source, from);
        await Packages.AddAsync(directives.Packages, cancellationToken).ConfigureAwait(false);
        foreach (var script in directives.Scripts)
            await AddScriptAsync(script, from, seen, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Adds what a <c>#load</c>ed file refers to. The compiler itself reads the file.</summary>
    private async Task AddScriptAsync(string script, string from, HashSet<string> seen, CancellationToken cancellationToken)
    {
        var file = Path.GetFullPath(Path.Combine(from, script));
        if (!seen.Add(file))
            return;
        if (!File.Exists(file))
            throw new NotebookException($"The file '{script}' of the #load line does not exist (looked for {file}).");
        var code = await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false);
        Sources[file] = code;
        await AddAsync(Directives.Read(code), Path.GetDirectoryName(file)!, seen, cancellationToken).ConfigureAwait(false);
    }
}
