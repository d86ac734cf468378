using System.Diagnostics;
using AdwUNet.Tests.Golden;

namespace AdwUNet.Data.Tests.DataScripts;

/// <summary>A script of <c>data-scripts</c>, built once and then run as a process of its own.</summary>
public abstract class ScriptRunner
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly string _program;

    protected ScriptRunner(string name)
    {
        var (code, output, errors) = Run("build", Path.Combine("data-scripts", $"{name}.cs"), "-c", "Release", "-v", "quiet", "--nologo");
        if (code != 0)
        {
            throw new InvalidOperationException($"{name}.cs does not build: {output}{errors}");
        }

        _program = Path.Combine(GoldenFiles.Root, "artifacts", "data-scripts", $"{name}.cs", "bin", "release", $"{name}.dll");
    }

    /// <summary>What a run of the script ended with and wrote.</summary>
    public (int Code, string Output, string Errors) Script(params string[] arguments) => Run([_program, .. arguments]);

    private static (int Code, string Output, string Errors) Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = GoldenFiles.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Servers that outlive the build would keep its output open.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"dotnet {string.Join(' ', arguments)} takes too long.");
        }

        return (process.ExitCode, output.Result, errors.Result);
    }
}

public sealed class FetchMsd() : ScriptRunner("fetch-msd");

public sealed class MakePhantom() : ScriptRunner("make-phantom");

public sealed class RunStudy() : ScriptRunner("run-study");
