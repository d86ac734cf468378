using System.Diagnostics;

namespace AdwUNet.Tests.Jupyter;

/// <summary>The .NET Interactive tool (<c>Microsoft.dotnet-interactive</c>), where it is installed, to compare our kernel with.</summary>
public static class DotNetInteractive
{
    /// <summary>The environment variable that names the tool's executable.</summary>
    public const string Variable = "ADWUNET_DOTNET_INTERACTIVE";

    private static readonly string File = OperatingSystem.IsWindows() ? "dotnet-interactive.exe" : "dotnet-interactive";

    /// <summary>The folder that <c>.ci/run</c> installs it into.</summary>
    private static readonly string Folder = Path.Combine(Repository.Root, "artifacts", "tools", "dotnet-interactive");

    /// <summary>Why it cannot be compared with.</summary>
    public static string Missing =>
        $"The .NET Interactive tool was not found: neither {Variable} names it, nor is it in {Folder} or on the PATH"
        + " (dotnet tool install Microsoft.dotnet-interactive --version 1.0.712001 --tool-path artifacts/tools/dotnet-interactive).";

    /// <summary>The version of the tool, such as <c>1.0.712001</c>; its kernel gives itself another one.</summary>
    public static string Version
    {
        get
        {
            using var process = Process.Start(new ProcessStartInfo(Find()!, "--version") { RedirectStandardOutput = true })!;
            var version = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return version.Trim().Split('+')[0];
        }
    }

    /// <summary>How it is started as a kernel for C#; null where it is not installed.</summary>
    public static KernelSpec? Spec => Find() is { } tool
        ? new KernelSpec(
            Path.GetDirectoryName(tool)!,
            [tool, "jupyter", "--default-kernel", "csharp", "--http-port-range", PortRange(), "{connection_file}"],
            new Dictionary<string, string> { ["DOTNET_INTERACTIVE_CLI_TELEMETRY_OPTOUT"] = "1", ["DOTNET_NOLOGO"] = "1" },
            "signal")
        : null;

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            return System.IO.File.Exists(named) ? named : throw new FileNotFoundException($"{Variable} names '{named}', which does not exist.");
        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        return path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Prepend(Folder)
            .Select(folder => Path.Combine(folder, File)).FirstOrDefault(System.IO.File.Exists);
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
