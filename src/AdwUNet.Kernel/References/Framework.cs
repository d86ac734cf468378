using System.Runtime.InteropServices;

namespace AdwUNet.Kernel.References;

/// <summary>The assemblies of the running .NET, and those that a cell must share with the kernel.</summary>
internal static class Framework
{
    /// <summary>Assemblies that kernel and notebook must share, because they contain the formatters and the cell's context.</summary>
    private static readonly string[] Shared =
    [
        typeof(Framework).Assembly.GetName().Name!,
        "Microsoft.DotNet.Interactive",
        "Microsoft.DotNet.Interactive.Documents",
        "Microsoft.DotNet.Interactive.Formatting",
        "System.Reactive",
        "Microsoft.AspNetCore.Html.Abstractions",
    ];

    private static readonly Dictionary<string, string> Known = Find();

    /// <summary>Simple name to file, of all that needs no <c>#r</c>.</summary>
    public static IReadOnlyDictionary<string, string> Assemblies => Known;

    /// <summary>The command that starts the SDK belonging to the running .NET.</summary>
    public static string DotnetCommand
    {
        get
        {
            var root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
            var path = Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
            return File.Exists(path) ? path : "dotnet";
        }
    }

    private static Dictionary<string, string> Find()
    {
        var runtime = RuntimeEnvironment.GetRuntimeDirectory();
        var known = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var trusted = (string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "";
        foreach (var path in trusted.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            var name = Path.GetFileNameWithoutExtension(path);
            if (path.StartsWith(runtime, StringComparison.Ordinal) || Shared.Contains(name, StringComparer.OrdinalIgnoreCase))
                known[name] = path;
        }

        return known;
    }
}
