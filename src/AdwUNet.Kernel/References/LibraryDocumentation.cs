using System.Globalization;
using Microsoft.CodeAnalysis;

namespace AdwUNet.Kernel.References;

/// <summary>
/// Finds the XML documentation of an assembly's members: in the file beside it, or, of the framework, in the reference pack that comes with
/// the SDK. Nothing is read before something is asked.
/// </summary>
internal sealed class LibraryDocumentation(string assembly) : DocumentationProvider
{
    private static readonly Lazy<IReadOnlyList<DocumentationFile>> OfFramework = new(FindPack);

    private readonly Lazy<IReadOnlyList<DocumentationFile>> _files = new(() => Find(assembly));

    public override bool Equals(object? other) => other is LibraryDocumentation documentation && documentation.Path == Path;

    public override int GetHashCode() => Path.GetHashCode(StringComparison.Ordinal);

    protected override string GetDocumentationForSymbol(string documentationMemberID, CultureInfo preferredCulture, CancellationToken cancellationToken = default)
    {
        foreach (var file in _files.Value)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (file.Find(documentationMemberID) is { } found)
                return found;
        }

        return "";
    }

    private string Path => assembly;

    private static IReadOnlyList<DocumentationFile> Find(string assembly)
    {
        var name = System.IO.Path.GetFileNameWithoutExtension(assembly) + ".xml";
        var folder = System.IO.Path.GetDirectoryName(assembly)!;
        if (folder == System.IO.Path.GetDirectoryName(typeof(object).Assembly.Location))
            // The pack and the runtime distribute types differently over assemblies.
            return [.. OfFramework.Value.OrderByDescending(file => file.Name == name)];
        var beside = System.IO.Path.Combine(folder, name);
        if (!File.Exists(beside) && PackageFolder(folder) is { } package)
            beside = Directory.EnumerateFiles(package, name, SearchOption.AllDirectories).Order(StringComparer.Ordinal).LastOrDefault() ?? beside;
        return File.Exists(beside) ? [new DocumentationFile(beside)] : [];
    }

    /// <summary>The package folder of a platform-specific assembly; the documentation is beside the platform-independent one.</summary>
    private static string? PackageFolder(string folder)
    {
        var parts = folder.Split(System.IO.Path.DirectorySeparatorChar);
        var runtimes = Array.LastIndexOf(parts, "runtimes");
        return runtimes > 0 ? string.Join(System.IO.Path.DirectorySeparatorChar, parts[..runtimes]) : null;
    }

    private static IReadOnlyList<DocumentationFile> FindPack()
    {
        var runtime = System.IO.Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var packs = new DirectoryInfo(System.IO.Path.Combine(runtime, "..", "..", "..", "packs", "Microsoft.NETCore.App.Ref"));
        var target = $"net{Environment.Version.Major}.{Environment.Version.Minor}";
        if (!packs.Exists)
            return [];
        var folder = packs.EnumerateDirectories().Select(pack => System.IO.Path.Combine(pack.FullName, "ref", target))
            .Where(Directory.Exists).Order(StringComparer.Ordinal).LastOrDefault();
        if (folder is null)
            return [];
        // Most of what is asked for is in the first two.
        return [.. Directory.EnumerateFiles(folder, "*.xml").Select(path => new DocumentationFile(path))
            .OrderByDescending(file => file.Name is "System.Runtime.xml").ThenByDescending(file => file.Name is "System.Collections.xml")
            .ThenBy(file => file.Name, StringComparer.Ordinal)];
    }
}
