using System.Diagnostics;
using System.Text.Json;
using AdwUNet.Experiments;

namespace AdwUNet.Interactive.Tests.Notebooks;

/// <summary>
/// A copy of the notebooks in a folder of their own, with the built library where they look for it: what they read and write stays
/// there.
/// </summary>
public sealed class NotebookBench : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    /// <summary>Copies the notebooks.</summary>
    public NotebookBench()
        : this("*.ipynb")
    {
    }

    /// <summary>Copies some notebooks.</summary>
    /// <param name="pattern">A file name, or a pattern of several.</param>
    internal NotebookBench(string pattern)
    {
        Root = Directory.CreateTempSubdirectory("adwunet-notebooks-").FullName;
        Directory.CreateSymbolicLink(Path.Combine(Root, "artifacts"), Path.Combine(Repository.Root, "artifacts"));
        Directory.CreateDirectory(Path.Combine(Root, "notebooks"));
        foreach (var read in new[] { "shared", "results" })
        {
            Directory.CreateSymbolicLink(Path.Combine(Root, "notebooks", read), Path.Combine(Repository.Root, "notebooks", read));
        }

        Directory.CreateDirectory(Data);
        foreach (var notebook in Directory.GetFiles(Path.Combine(Repository.Root, "notebooks"), pattern))
        {
            File.Copy(notebook, Path.Combine(Root, "notebooks", Path.GetFileName(notebook)));
        }
    }

    /// <summary>The folder that holds <c>notebooks</c>, <c>data</c>, and <c>runs</c> once there are any.</summary>
    public string Root { get; }

    /// <summary>Where datasets lie.</summary>
    public string Data => Path.Combine(Root, "data");

    /// <summary>Where runs lie.</summary>
    public string Runs => Path.Combine(Root, "runs");

    /// <summary>The path of a notebook.</summary>
    public string Notebook(string name) => Path.Combine(Root, "notebooks", name + ".ipynb");

    /// <summary>Runs <c>adw run</c>.</summary>
    /// <param name="arguments">A notebook's name or <c>notebooks</c>, then options.</param>
    public (int Code, string Output, string Errors) Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Repository.Command, "run", .. arguments])
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove(Experiments.Experiment.DataVariable);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"adw run {string.Join(' ', arguments)} takes too long.");
        }

        return (process.ExitCode, output.Result.ReplaceLineEndings("\n"), errors.Result.ReplaceLineEndings("\n"));
    }

    /// <summary>The error output of an executed notebook: its message and its lines.</summary>
    public (string Message, IReadOnlyList<string> Lines) ErrorOf(string name)
    {
        using var notebook = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Root, "notebooks", "out", name + ".ipynb")));
        var error = Assert.Single(
            from cell in notebook.RootElement.GetProperty("cells").EnumerateArray()
            where cell.TryGetProperty("outputs", out _)
            from output in cell.GetProperty("outputs").EnumerateArray()
            where output.GetProperty("output_type").GetString() == "error"
            select (output.GetProperty("evalue").GetString()!, output.GetProperty("traceback").EnumerateArray().Select(l => l.GetString()!).ToArray()));
        return error;
    }

    /// <summary>Every file of the runs, by its relative path, with its length and time.</summary>
    public IReadOnlyList<string> RunFiles() => !Directory.Exists(Runs) ? [] :
    [
        .. new DirectoryInfo(Runs).EnumerateFiles("*", SearchOption.AllDirectories)
            .Select(file => $"{Path.GetRelativePath(Runs, file.FullName)} {file.Length} {file.LastWriteTimeUtc.Ticks}")
            .Order(StringComparer.Ordinal),
    ];

    /// <inheritdoc/>
    public void Dispose()
    {
        // The link first: what it leads to stays.
        Directory.Delete(Path.Combine(Root, "artifacts"));
        Directory.Delete(Root, recursive: true);
    }
}
