namespace AdwUNet.Kernel.References;

/// <summary>A package asked for by <c>#r "nuget: Id, Version"</c>.</summary>
/// <param name="Id">The package's name.</param>
/// <param name="Version">A version or NuGet version range; null means the newest release.</param>
internal sealed record PackageRequest(string Id, string? Version)
{
    /// <summary>Whether the version can change over time.</summary>
    public bool IsFloating => Version is null || Version.Contains('*', StringComparison.Ordinal);

    /// <summary>Reads what follows <c>nuget:</c>.</summary>
    /// <exception cref="NotebookException">It is not an id with an optional version.</exception>
    public static PackageRequest Parse(string text)
    {
        var parts = text.Split(',', 2, StringSplitOptions.TrimEntries);
        var id = parts[0];
        if (id.Length == 0 || id.Any(c => !(char.IsLetterOrDigit(c) || c is '.' or '-' or '_')))
            throw new NotebookException($"'#r \"nuget: {text}\"' does not name a package: write #r \"nuget: Id, Version\".");
        var version = parts.Length > 1 && parts[1].Length > 0 ? parts[1] : null;
        if (version is "*-*" or "*")
            return new PackageRequest(id, version);
        if (version?.IndexOfAny(['<', '>', '"', '&']) >= 0)
            throw new NotebookException($"'{version}' of '#r \"nuget: {text}\"' is not a package version.");
        return new PackageRequest(id, version);
    }
}
