using System.Diagnostics;
using System.Reflection;
using System.Text.Json;

namespace AdwUNet.Scheduling;

/// <summary>The command that runs the program of a grid again, as a worker.</summary>
/// <param name="Line">The program and its arguments.</param>
/// <param name="Folder">The folder in which it starts.</param>
public sealed record WorkerCommand(IReadOnlyList<string> Line, string Folder)
{
    // What adw tells its notebooks; see src/AdwUNet.Kernel/README.md.
    private const string NotebookVariable = "ADW_NOTEBOOK";
    private const string ParametersVariable = "ADW_PARAMETERS";
    private const string CommandVariable = "ADW_COMMAND";

    private static readonly string[] Engines = ["adw", "Microsoft.DotNet.Interactive.App"];

    /// <summary>Runs a notebook again up to the grid, in <c>adw</c>.</summary>
    /// <param name="path">The notebook.</param>
    /// <param name="parameters">The values of its parameters, by name; those in the notebook when null.</param>
    /// <exception cref="RunException">There is no such notebook, or no <c>adw</c> on the path.</exception>
    public static WorkerCommand Notebook(string path, IReadOnlyDictionary<string, string>? parameters = null)
    {
        var full = Path.GetFullPath(path);
        if (!File.Exists(full))
        {
            throw new RunException($"There is no notebook {full}; give the path of the notebook that workers run up to the grid.");
        }

        return new([.. Adw(), "run", "--silent", full, .. (parameters ?? new Dictionary<string, string>()).SelectMany(pair => new[] { "-p", $"{pair.Key}={pair.Value}" })],
            Path.GetDirectoryName(full)!);
    }

    /// <summary>The command for the running notebook or program.</summary>
    /// <exception cref="RunException">The notebook's path is not known, as in Jupyter.</exception>
    public static WorkerCommand OfThisProcess()
    {
        if (Environment.GetEnvironmentVariable(NotebookVariable) is { Length: > 0 } notebook)
        {
            var parameters = Environment.GetEnvironmentVariable(ParametersVariable);
            return Notebook(notebook, string.IsNullOrEmpty(parameters) ? null : JsonSerializer.Deserialize<Dictionary<string, string>>(parameters));
        }

        var entry = Assembly.GetEntryAssembly();
        if (entry is null || Engines.Contains(entry.GetName().Name))
        {
            throw new RunException(
                "Workers run this notebook again up to the grid, and its path is not known here; save it and give WorkerCommand.Notebook(\"NAME.ipynb\").");
        }

        var program = Environment.ProcessPath!;
        var isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        return new([program, .. isHost ? [entry.Location] : Array.Empty<string>(), .. Environment.GetCommandLineArgs()[1..]], Environment.CurrentDirectory);
    }

    /// <summary>How to start a worker on this machine.</summary>
    internal ProcessStartInfo Start() => new(Line[0], Line.Skip(1))
    {
        WorkingDirectory = Folder,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };

    private static string[] Adw()
    {
        if (Environment.GetEnvironmentVariable(CommandVariable) is { Length: > 0 } command)
        {
            return JsonSerializer.Deserialize<string[]>(command)!;
        }

        return Programs.Find("adw") is { } found
            ? [found]
            : throw new RunException("There is no 'adw' on the path, which runs the notebook again for workers; add the folder of adw to PATH.");
    }
}
