using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace AdwUNet.Tests.Jupyter;

/// <summary>
/// The kernel of .NET Interactive, the engine that C# notebooks were written for, in a folder of its own. The tool is that of
/// <c>ADWUNET_DOTNET_INTERACTIVE</c> (the path of the executable), else the one that <c>.ci/install-dotnet-interactive</c> has installed.
/// </summary>
public sealed class DotNetInteractive : IDisposable
{
    private const string Variable = "ADWUNET_DOTNET_INTERACTIVE";

    private readonly string _folder = Directory.CreateTempSubdirectory("adwunet-interactive-").FullName;

    /// <summary>Describes the kernel to Jupyter, where the tool is installed.</summary>
    public DotNetInteractive()
    {
        if (Program is not { } program) return;
        var kernel = Directory.CreateDirectory(Path.Combine(_folder, "kernels", InstalledKernel.Name)).FullName;
        File.WriteAllText(Path.Combine(kernel, "kernel.json"), new JsonObject
        {
            ["argv"] = new JsonArray(program, "jupyter", "--default-kernel", "csharp", "{connection_file}"),
            ["display_name"] = ".NET (C#)",
            ["language"] = "C#",
            ["env"] = new JsonObject
            {
                ["DOTNET_INTERACTIVE_CLI_TELEMETRY_OPTOUT"] = "1",
                ["DOTNET_CLI_HOME"] = _folder,
                // .../shared/Microsoft.NETCore.App/<version>/
                ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")),
            },
        }.ToJsonString());
    }

    /// <summary>The path of the executable, or null where it is not installed.</summary>
    public static string? Program { get; } = new[]
    {
        Environment.GetEnvironmentVariable(Variable),
        Path.Combine(Repository.Root, "artifacts", "tools", "dotnet-interactive", OperatingSystem.IsWindows() ? "dotnet-interactive.exe" : "dotnet-interactive"),
    }.FirstOrDefault(File.Exists);

    /// <summary>Why a test that needs the tool is skipped.</summary>
    public static string Missing => $"The tool of .NET Interactive is not installed (.ci/install-dotnet-interactive installs it; {Variable} names another copy).";

    /// <summary>Where Jupyter finds the kernel: the value of <c>JUPYTER_PATH</c>.</summary>
    public string DataFolder => _folder;

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
