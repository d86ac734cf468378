using System.Diagnostics;
using AdwUNet.Kernel.Execution;
using AdwUNet.Kernel.Html;
using AdwUNet.Kernel.Notebooks;
using Microsoft.DotNet.Interactive.Formatting;

namespace AdwUNet.Kernel.Running;

/// <summary>Runs notebooks one after the other; all that can be wrong with the order is found before the first cell runs.</summary>
internal sealed class NotebookRun
{
    private const string DefaultOutput = "out";
    private static readonly string IndexName = Path.GetFileNameWithoutExtension(Site.IndexFile);
    private static readonly string[] Endings = [".ipynb", ".dib"];

    private readonly List<(Notebook Notebook, string Target)> _notebooks;
    private readonly bool _html;

    private NotebookRun(List<(Notebook, string)> notebooks, bool html)
    {
        _notebooks = notebooks;
        _html = html;
    }

    /// <summary>Reads the notebooks and sets their parameters.</summary>
    /// <param name="paths">Notebooks or folders of notebooks.</param>
    /// <param name="parameters">
    /// Values for their parameters, by name. A notebook that is named must have them all; of a folder, each takes those that it has.
    /// </param>
    /// <param name="output">Where executed notebooks go; null for the folder <c>out</c> beside each.</param>
    /// <param name="html">Whether pages are written, too.</param>
    /// <exception cref="NotebookException">Something about it cannot be.</exception>
    public static NotebookRun Prepare(
        IReadOnlyList<string> paths, IReadOnlyDictionary<string, string> parameters, string? output, bool html)
    {
        var notebooks = paths.SelectMany(Expand).Distinct().Select(Notebook.Load).ToList();
        var named = paths.Where(File.Exists).SelectMany(Expand).ToHashSet();
        foreach (var name in parameters.Keys)
            CheckKnown(name, notebooks);
        foreach (var notebook in notebooks)
        {
            notebook.CheckLanguages();
            Parameter.Inject(notebook, named.Contains(notebook.Path) ? parameters : Declared(notebook, parameters));
        }

        if (html && notebooks.Find(notebook => IndexName.Equals(notebook.Name, StringComparison.OrdinalIgnoreCase)) is { } index)
            throw new NotebookException($"The page of {index.Path} would be {Site.IndexFile}, which lists all pages: give the notebook another name.");
        var targets = notebooks.ConvertAll(notebook => (notebook, TargetOf(notebook, output)));
        if (targets.GroupBy(target => target.Item2, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } clash)
            throw new NotebookException($"Two notebooks would be written to {clash.Key}: give their runs different --out folders.");
        return new NotebookRun(targets, html);
    }

    private static Dictionary<string, string> Declared(Notebook notebook, IReadOnlyDictionary<string, string> parameters)
    {
        var known = Parameter.Of(notebook).Select(parameter => parameter.Name).ToHashSet();
        return parameters.Where(each => known.Contains(each.Key)).ToDictionary();
    }

    /// <summary>Runs all; the first failure ends it.</summary>
    /// <returns>The command's exit code.</returns>
    public async Task<int> ExecuteAsync(ProgressReport progress, TimeSpan grace, CancellationToken cancellationToken)
    {
        RemoveOld();
        var finished = new List<(Notebook Notebook, string Target)>();
        var code = 0;
        foreach (var (notebook, target) in _notebooks)
        {
            finished.Add((notebook, target));
            code = await ExecuteOneAsync(notebook, target, progress, grace, cancellationToken).ConfigureAwait(false);
            if (code != 0)
                break;
        }

        foreach (var folder in finished.GroupBy(each => Path.GetDirectoryName(each.Target)!))
            Publish(folder.Key, folder.ToDictionary(each => each.Target, each => each.Notebook.Path), progress);
        return code;
    }

    /// <summary>Removes what earlier runs left of these notebooks: after a failure it would pass for the outcome of this run.</summary>
    private void RemoveOld()
    {
        foreach (var (_, target) in _notebooks)
        {
            var folder = Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            foreach (var abandoned in folder.EnumerateFiles(WholeFile.TemporaryPattern(target)))
                abandoned.Delete();
            File.Delete(target);
            if (_html)
                File.Delete(PageOf(target));
        }
    }

    /// <summary>Tells where the outputs are, and writes the pages.</summary>
    /// <param name="folder">The folder of the outputs.</param>
    /// <param name="sources">The notebooks that were run, by their executed files.</param>
    /// <param name="progress">Where to tell.</param>
    private void Publish(string folder, Dictionary<string, string> sources, ProgressReport progress)
    {
        if (!_html)
        {
            progress.Line($"Executed notebooks: {folder}");
            return;
        }

        // From the files, not from memory: a cell that did not stop in time may still add to its outputs there.
        var notebooks = Directory.EnumerateFiles(folder, "*.ipynb")
            .Order(StringComparer.Ordinal) // those of one place
            .Select(file => sources.TryGetValue(file, out var source) ? Notebook.LoadExecuted(file, source) : EarlierOrNull(file))
            .OfType<Notebook>()
            .OrderBy(notebook => notebook.Order, StringComparer.Ordinal)
            .ToList();
        foreach (var warning in Site.Write(folder, notebooks, notebook => sources.ContainsValue(notebook.Path)))
            progress.Warning(warning);
        progress.Line($"Pages: {Path.Combine(folder, Site.IndexFile)}");
    }

    /// <summary>A notebook that an earlier run executed and gave a page, or null where the file is none.</summary>
    private static Notebook? EarlierOrNull(string file)
    {
        try
        {
            return File.Exists(PageOf(file)) ? Notebook.Load(file) : null;
        }
        catch (NotebookException)
        {
            // Whoever put it there: it is no notebook that can be listed.
            return null;
        }
    }

    private static string PageOf(string target) => Path.ChangeExtension(target, ".html");

    private static async Task<int> ExecuteOneAsync(
        Notebook notebook, string target, ProgressReport progress, TimeSpan grace, CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(notebook.Path))!;
        // As in Jupyter, a notebook runs in its own folder. One at a time does, so that the process may stand there.
        var before = Environment.CurrentDirectory;
        Environment.CurrentDirectory = folder;
        Formatter.ResetToDefault();
        var session = new Session(folder) { Grace = grace };
        try
        {
            var (code, isRunning) = await ExecuteCellsAsync(notebook, target, session, progress, grace, cancellationToken).ConfigureAwait(false);
            // What a cell that did not stop still works with is not taken from it.
            if (!isRunning)
                session.Dispose();
            return code;
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }
    }

    private static async Task<(int Code, bool IsRunning)> ExecuteCellsAsync(
        Notebook notebook, string target, Session session, ProgressReport progress, TimeSpan grace, CancellationToken cancellationToken)
    {
        var outputs = new NotebookOutputs();
        var cells = notebook.Cells.Where(cell => cell.IsCode && !string.IsNullOrWhiteSpace(cell.Source)).ToList();
        foreach (var cell in notebook.Cells.Where(cell => cell.IsCode))
            cell.ClearOutputs();
        for (var i = 0; i < cells.Count; i++)
        {
            var cell = cells[i];
            using var step = progress.Begin(Path.GetFileName(notebook.Path), i + 1, cells.Count, cell.Summary);
            var clock = Stopwatch.StartNew();
            var output = new EchoedOutput(outputs.For(cell), progress, TimeProvider.System);
            var running = session.ExecuteAsync(cell.Source, output, cell.Language, cancellationToken: cancellationToken);
            var ended = await EndsInTimeAsync(running, progress, grace, cancellationToken).ConfigureAwait(false);
            cell.ExecutionCount = session.ExecutionCount;
            outputs.Save(notebook, target);
            var outcome = ended ? await running.ConfigureAwait(false) : null;
            output.End();
            step.End(outcome?.Status ?? CellStatus.Cancelled, clock.Elapsed);
            if (outcome?.Status == CellStatus.Failed)
            {
                progress.Error($"{notebook.Path}, cell {i + 1} of {cells.Count}: {outcome.Error!.Message}");
                return (RunCommand.Failure, false);
            }

            if (outcome?.Status != CellStatus.Succeeded || cancellationToken.IsCancellationRequested)
            {
                progress.Error($"{notebook.Path} was stopped in cell {i + 1} of {cells.Count}; its outputs so far are in {target}.");
                return ended ? (RunCommand.Interrupted, false) : (SecondInterrupt.EndedAtOnce, true);
            }
        }

        outputs.Save(notebook, target);
        return (0, false);
    }

    /// <summary>Waits for the cell; once it is asked to stop, only for as long as it may take to do so.</summary>
    private static async Task<bool> EndsInTimeAsync(
        Task running, ProgressReport progress, TimeSpan grace, CancellationToken cancellationToken)
    {
        await Task.WhenAny(running, Task.Delay(Timeout.Infinite, cancellationToken)).ConfigureAwait(false);
        if (running.IsCompleted)
            return true;
        progress.Warning($"Stopping: the cell may finish its step, for at most {grace.TotalSeconds:0} s; Ctrl-C again ends at once.");
        var clock = Stopwatch.StartNew();
        await Task.WhenAny(running, Task.Delay(grace, CancellationToken.None)).ConfigureAwait(false);
        // The session aborts it at the same time; that is not in order either.
        return running.IsCompleted && clock.Elapsed < grace;
    }

    private static IEnumerable<string> Expand(string path)
    {
        if (File.Exists(path))
            return [Path.GetFullPath(path)];
        if (!Directory.Exists(path))
            throw new NotebookException($"There is no notebook or folder '{path}'.");
        var found = Directory.EnumerateFiles(path)
            .Where(file => Endings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
            .Where(file => !Path.GetFileName(file).StartsWith('.'))
            .Order(StringComparer.Ordinal)
            .Select(Path.GetFullPath)
            .ToList();
        return found.Count > 0 ? found : throw new NotebookException($"The folder '{path}' holds no notebook.");
    }

    private static void CheckKnown(string name, List<Notebook> notebooks)
    {
        var known = notebooks.SelectMany(Parameter.Of).Select(parameter => parameter.Name).Distinct().ToList();
        if (known.Contains(name))
            return;
        throw new NotebookException(known.Count == 0
            ? $"There is no parameter '{name}': no cell tagged '{Parameter.Tag}' declares any."
            : $"There is no parameter '{name}': there are {string.Join(", ", known)}.");
    }

    private static string TargetOf(Notebook notebook, string? output)
    {
        var folder = Path.GetFullPath(output ?? Path.Combine(Path.GetDirectoryName(notebook.Path)!, DefaultOutput));
        var target = Path.Combine(folder, notebook.Name + ".ipynb");
        return target == Path.GetFullPath(notebook.Path)
            ? throw new NotebookException($"The outputs of {notebook.Path} would replace the notebook itself: choose another --out folder.")
            : target;
    }
}
