namespace AdwUNet.Kernel.Language;

/// <summary>Packages that are on this machine already: what <c>#r "nuget: ..."</c> can be completed to without a network.</summary>
internal static class KnownPackages
{
    /// <summary>Completes an id, or after a comma a version.</summary>
    /// <param name="typed">What stands behind <c>nuget:</c>, up to the cursor.</param>
    /// <param name="cursor">The cursor's position in the cell.</param>
    public static Completion Complete(string typed, int cursor)
    {
        var parts = typed.Split(',', 2);
        var prefix = parts[^1].TrimStart();
        var folder = parts.Length == 1 ? Folder : Path.Combine(Folder, parts[0].Trim().ToLowerInvariant());
        string[] names;
        try
        {
            names = [.. Directory.EnumerateDirectories(folder).Select(path => Path.GetFileName(path)!)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            names = [];
        }

        var matches = names.Where(name => !name.StartsWith('.') && name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            .OrderBy(name => name, StringComparer.OrdinalIgnoreCase).Select(name => new CompletionMatch(name, parts.Length == 1 ? "module" : "value", ""));
        return new Completion(cursor - prefix.Length, cursor, [.. matches]);
    }

    private static string Folder => Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } chosen ? chosen
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
}
