using System.Diagnostics;
using AdwUNet.Tests.Golden;

namespace AdwUNet.Data.Tests.DataScripts;

/// <summary>A script, built once and then run as a process of its own.</summary>
public abstract class ScriptRunner
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10); // a busy machine takes minutes to build
    private readonly string _program;

    protected ScriptRunner(string name, string folder = "data-scripts")
    {
        var (code, output, errors) = Run("build", Path.Combine(folder, $"{name}.cs"), "-c", "Release", "-v", "quiet", "--nologo");
        if (code != 0)
        {
            throw new InvalidOperationException($"{name}.cs does not build: {output}{errors}");
        }

        _program = Path.Combine(GoldenFiles.Root, "artifacts", folder, $"{name}.cs", "bin", "release", $"{name}.dll");
    }

    /// <summary>The folder of the built program.</summary>
    public string Folder => Path.GetDirectoryName(_program)!;

    /// <summary>What a run of the script ended with and wrote.</summary>
    public (int Code, string Output, string Errors) Script(params string[] arguments) => Run([_program, .. arguments]);

    /// <summary>Runs a program of .NET.</summary>
    /// <param name="environment">Further environment variables.</param>
    /// <param name="arguments">The program, and what it is given.</param>
    public static (int Code, string Output, string Errors) Run(IReadOnlyDictionary<string, string> environment, params string[] arguments)
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
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

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

    private static (int Code, string Output, string Errors) Run(params string[] arguments) => Run(new Dictionary<string, string>(), arguments);
}

public sealed class CheckGpu() : ScriptRunner("check-gpu", "environment");

public sealed class FetchMsd() : ScriptRunner("fetch-msd");

public sealed class MakePhantom() : ScriptRunner("make-phantom");

public sealed class RunStudy() : ScriptRunner("run-study");
