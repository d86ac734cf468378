using System.Reflection;
using System.Runtime.Loader;

namespace AdwUNet.Interactive;

/// <summary>
/// Loads FSharp.Core from NuGet's folder where the program has an older version. Plotly.NET 6 requires 10.1, but .NET Interactive 1.0.712001 contains 10.0
/// and loads no other for a package. Only Plotly.NET and this library use the second version; they exchange no F# values with the notebook engine.
/// </summary>
internal static class FSharpCore
{
    private const string Name = "FSharp.Core";
    private static readonly Lazy<Assembly?> Newer = new(Load);

    /// <summary>Answers the runtime when it finds no FSharp.Core that is new enough.</summary>
    public static void Enable() =>
        AssemblyLoadContext.GetLoadContext(typeof(FSharpCore).Assembly)!.Resolving += (_, name) => name.Name == Name ? Newer.Value : null;

    private static Assembly? Load()
    {
        // <packages>/adwunet.interactive/<version>/lib/<framework>/AdwUNet.Interactive.dll
        var packages = Path.GetFullPath(Path.Combine(typeof(FSharpCore).Assembly.Location, "..", "..", "..", "..", ".."));
        var folder = new DirectoryInfo(Path.Combine(packages, Name.ToLowerInvariant()));
        var needed = typeof(FSharpCore).Assembly.GetReferencedAssemblies().Single(name => name.Name == Name).Version;
        var file = (folder.Exists ? folder.EnumerateDirectories() : [])
            .Select(version => Path.Combine(version.FullName, "lib", "netstandard2.1", Name + ".dll"))
            .Where(File.Exists).Select(path => (Path: path, AssemblyName.GetAssemblyName(path).Version))
            .Where(found => found.Version >= needed).MinBy(found => found.Version).Path;
        return file is null ? null : new AssemblyLoadContext(Name).LoadFromAssemblyPath(file);
    }
}
