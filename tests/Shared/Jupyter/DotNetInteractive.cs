using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace AdwUNet.Tests.Jupyter;

/// <summary>
/// The kernel of .NET Interactive (<c>Microsoft.dotnet-interactive</c>), the engine that C# notebooks were written for. The tool is the one that
/// <c>ADWUNET_DOTNET_INTERACTIVE</c> names (the path of the executable), else the one that <c>.ci/install-dotnet-interactive</c> installed, else
/// the one on the <c>PATH</c>. An instance describes its kernel to Jupyter in a folder of its own.
/// </summary>
public sealed class DotNetInteractive : IDisposable
{
    private const string Variable = "ADWUNET_DOTNET_INTERACTIVE";

    private readonly string _folder = Directory.CreateTempSubdirectory("adwunet-interactive-").FullName;

    /// <summary>Describes the kernel to Jupyter, where the tool is installed.</summary>
    public DotNetInteractive()
    {
        if (Spec is not { } spec) return;
        var kernel = Directory.CreateDirectory(Path.Combine(_folder, "kernels", InstalledKernel.Name)).FullName;
        var environment = new JsonObject { ["DOTNET_CLI_HOME"] = _folder };
        foreach (var (name, value) in Variables)
            environment[name] = value;
        File.WriteAllText(Path.Combine(kernel, "kernel.json"), new JsonObject
        {
            ["argv"] = new JsonArray([.. Arguments(Program!).Select(argument => (JsonNode)argument)]),
            ["display_name"] = ".NET (C#)",
            ["language"] = "C#",
            ["env"] = environment,
        }.ToJsonString());
    }

    /// <summary>The path of the executable, or null where it is not installed.</summary>
    public static string? Program { get; } = Find();

    /// <summary>Why a test that needs the tool is skipped.</summary>
    public static string Missing => $"The tool of .NET Interactive is not installed (.ci/install-dotnet-interactive installs it; {Variable} names another copy).";

    /// <summary>The version of the tool, such as <c>1.0.712001</c>; its kernel reports another one.</summary>
    public static string Version
    {
        get
        {
            using var process = Process.Start(new ProcessStartInfo(Program!, "--version") { RedirectStandardOutput = true })!;
            var version = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return version.Trim().Split('+')[0];
        }
    }

    /// <summary>How the kernel is started; null where the tool is not installed.</summary>
    public static KernelSpec? Spec => Program is { } tool ? new KernelSpec(Path.GetDirectoryName(tool)!, Arguments(tool), Variables, "signal") : null;

    /// <summary>Where Jupyter finds the kernel: the value of <c>JUPYTER_PATH</c>.</summary>
    public string DataFolder => _folder;

    private static Dictionary<string, string> Variables => new()
    {
        ["DOTNET_INTERACTIVE_CLI_TELEMETRY_OPTOUT"] = "1",
        ["DOTNET_NOLOGO"] = "1",
        // .../shared/Microsoft.NETCore.App/<version>/
        ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")),
    };

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string[] Arguments(string tool) =>
        [tool, "jupyter", "--default-kernel", "csharp", "--http-port-range", PortRange(), "{connection_file}"];

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            return File.Exists(named) ? named : throw new FileNotFoundException($"{Variable} names '{named}', which does not exist.");
        var name = OperatingSystem.IsWindows() ? "dotnet-interactive.exe" : "dotnet-interactive";
        var installed = Path.Combine(Repository.Root, "artifacts", "tools", "dotnet-interactive");
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Prepend(installed)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    /// <summary>Ports for the tool's own web server. Two tools that look for a free one at the same time would take the same.</summary>
    private static string PortRange()
    {
        const int first = 20_000;
        const int last = 30_000;
        const int size = 50;
        var start = Random.Shared.Next(first, last);
        return $"{start}-{start + size}";
    }
}
