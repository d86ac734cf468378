using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AdwUNet.Kernel.Jupyter;
using AdwUNet.Kernel.Notebooks;
using AdwUNet.Kernel.References;

namespace AdwUNet.Kernel.Installing;

/// <summary>An installed kernel: a folder with a <c>kernel.json</c> that says how to start it.</summary>
/// <param name="Name">The name that notebooks use for it.</param>
/// <param name="Folder">The folder.</param>
/// <param name="Command">The command that starts it.</param>
internal sealed partial record KernelSpec(string Name, string Folder, IReadOnlyList<string> Command)
{
    /// <summary>The kernel name of C# notebooks, which .NET Interactive introduced.</summary>
    public const string DefaultName = ".net-csharp";

    /// <summary>The suggested name where the default one is taken.</summary>
    public const string OtherName = "adw-csharp";

    private const string FileName = "kernel.json";
    private const string OwnName = "adw";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Whether it starts this program, in any version and from any folder.</summary>
    public bool IsOwn => Command.Any(part => Path.GetFileName(part) is OwnName or OwnName + ".dll" or OwnName + ".exe");

    /// <summary>The file of this program that it starts; null for another program's kernel.</summary>
    public string? Program => Command.FirstOrDefault(part => Path.GetFileName(part).StartsWith(OwnName, StringComparison.Ordinal));

    /// <summary>The kernels in a folder of kernels.</summary>
    public static IEnumerable<KernelSpec> In(string kernels) =>
        Directory.Exists(kernels)
            ? Directory.EnumerateDirectories(kernels).Order(StringComparer.Ordinal).Select(Find).OfType<KernelSpec>()
            : [];

    /// <summary>Reads the kernel of a folder; null where there is none.</summary>
    public static KernelSpec? Find(string folder)
    {
        var file = Path.Combine(folder, FileName);
        if (!File.Exists(file))
            return null;
        var command = (JsonReading.TryParse(File.ReadAllBytes(file)) as JsonObject)?["argv"] as JsonArray;
        return new KernelSpec(Path.GetFileName(folder), folder, [.. (command ?? []).Select(part => part.Text() ?? "")]);
    }

    /// <summary>Checks the name of a kernel.</summary>
    /// <exception cref="NotebookException">Jupyter does not accept the name.</exception>
    public static void CheckName(string name)
    {
        if (!ValidName().IsMatch(name))
            throw new NotebookException($"'{name}' is not a name for a kernel: Jupyter takes letters, digits, '.', '-' and '_'.");
    }

    /// <summary>Writes the file that lets Jupyter start this program as a kernel.</summary>
    public static void Write(string folder)
    {
        var spec = new JsonObject
        {
            ["argv"] = new JsonArray(
                Framework.DotnetCommand, typeof(KernelSpec).Assembly.Location, "kernel", "start", "--connection-file", "{connection_file}",
                "--kernel-folder", "{resource_dir}"),
            ["display_name"] = ".NET (C#)",
            ["language"] = KernelInfo.Language,
            ["interrupt_mode"] = "message",
            ["metadata"] = new JsonObject { ["debugger"] = false },
        };
        WholeFile.Write(Path.Combine(folder, FileName), spec.ToJsonString(Indented) + "\n");
    }

    [GeneratedRegex(@"\A[A-Za-z0-9._-]+\z")]
    private static partial Regex ValidName();
}
