using AdwUNet.Kernel.Html;
using AdwUNet.Kernel.Notebooks;

namespace AdwUNet.Kernel.Running;

/// <summary>Runs notebooks one after the other. Paths, languages and parameters are checked before the first cell runs.</summary>
internal sealed class NotebookRun
{
    private const string DefaultOutput = "out";
    private static readonly string IndexName = Path.GetFileNameWithoutExtension(Site.IndexFile);
    private static readonly string[] Endings = [".ipynb", ".dib"];

    private readonly List<(Notebook Notebook, string Target, string Parameters)> _notebooks;
    private readonly bool _html;
    private readonly bool _silent;

    private NotebookRun(List<(Notebook, string, string)> notebooks, bool html, bool silent)
    {
        _notebooks = notebooks;
        _html = html;
        _silent = silent;
    }

    /// <summary>Reads the notebooks and sets their parameters.</summary>
    /// <param name="paths">Notebooks or folders of notebooks.</param>
    /// <param name="parameters">
    /// Values of parameters, by name. A notebook that is named must declare all of them; a notebook of a folder takes those that it declares.
    /// </param>
    /// <param name="output">The folder of the executed notebooks; null for the folder <c>out</c> beside each notebook.</param>
    /// <param name="html">Whether HTML pages are written too.</param>
    /// <param name="silent">Whether outputs are neither kept nor shown.</param>
    /// <exception cref="NotebookException">A path, a parameter or an output folder cannot be used.</exception>
    public static NotebookRun Prepare(
        IReadOnlyList<string> paths, IReadOnlyDictionary<string, string> parameters, string? output, bool html, bool silent = false)
    {
        var notebooks = paths.SelectMany(Expand).Distinct().Select(Notebook.Load).ToList();
        var named = paths.Where(File.Exists).SelectMany(Expand).ToHashSet();
        foreach (var name in parameters.Keys)
            CheckKnown(name, notebooks);
        var values = notebooks.ToDictionary(notebook => notebook, notebook => named.Contains(notebook.Path) ? parameters : Declared(notebook, parameters));
        foreach (var notebook in notebooks)
        {
            notebook.CheckLanguages();
            Parameter.Inject(notebook, values[notebook]);
        }

        if (html && notebooks.Find(notebook => IndexName.Equals(notebook.Name, StringComparison.OrdinalIgnoreCase)) is { } index)
            throw new NotebookException($"The page of {index.Path} would be {Site.IndexFile}, which lists all pages: give the notebook another name.");
        var targets = notebooks.ConvertAll(notebook => (notebook, TargetOf(notebook, output), RunVariables.TextOf(values[notebook])));
        if (targets.GroupBy(target => target.Item2, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } clash)
            throw new NotebookException($"Two notebooks would be written to {clash.Key}: give their runs different --out folders.");
        return new NotebookRun(targets, html, silent);
    }

    private static Dictionary<string, string> Declared(Notebook notebook, IReadOnlyDictionary<string, string> parameters)
    {
        var known = Parameter.Of(notebook).Select(parameter => parameter.Name).ToHashSet();
        return parameters.Where(each => known.Contains(each.Key)).ToDictionary();
    }

    /// <summary>Runs all notebooks. The first failure ends the run; the report then names the cells and notebooks that were not run.</summary>
    /// <param name="cells">The runner of the cells.</param>
    /// <param name="progress">The report of the progress.</param>
    /// <param name="grace">The grace period of a cell that is asked to stop.</param>
    /// <param name="cancellationToken">Stops the run.</param>
    /// <returns>The command's exit code.</returns>
    /// <exception cref="NotebookException">The process of the cells ended between two cells.</exception>
    /// <exception cref="IOException">An output cannot be written.</exception>
    public async Task<int> ExecuteAsync(ICellRunner cells, ProgressReport progress, TimeSpan grace, CancellationToken cancellationToken)
    {
        if (!_silent)
            RemoveAbandoned();
        var begun = 0;
        NotebookExecution? execution = null;
        var code = RunCommand.Failure;
        try
        {
            foreach (var (notebook, target, parameters) in _notebooks)
            {
                begun++;
                if (notebook.MendedIds is { } mended)
                    progress.Warning(mended);
                execution = new NotebookExecution(notebook, parameters, _silent ? null : target, cells, progress, grace);
                code = await execution.RunAsync(cancellationToken).ConfigureAwait(false);
                if (code != 0)
                    break;
            }
        }
        finally
        {
            if (code != 0)
                TellNotRun(execution?.NotRun, begun, progress);
        }

        if (_silent)
            return code;
        foreach (var folder in _notebooks.Take(begun).GroupBy(each => Path.GetDirectoryName(each.Target)!))
            await PublishAsync(cells, folder.Key, folder.ToDictionary(each => each.Target, each => each.Notebook.Path), progress).ConfigureAwait(false);
        return code;
    }

    /// <summary>Removes temporary files that an earlier run left when it was killed. Its outputs stay until new ones replace them.</summary>
    private void RemoveAbandoned()
    {
        foreach (var (_, target, _) in _notebooks)
        {
            var folder = Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            foreach (var abandoned in folder.EnumerateFiles(WholeFile.TemporaryPattern(target)))
                abandoned.Delete();
        }
    }

    private void TellNotRun(string? cells, int begun, ProgressReport progress)
    {
        var notebooks = _notebooks.Skip(begun).Select(each => File.Exists(each.Target)
            ? $"{each.Notebook.Path} ({each.Target} is from an earlier run)"
            : each.Notebook.Path);
        var all = string.Join(", ", new[] { cells }.OfType<string>().Concat(notebooks));
        if (all.Length > 0)
            progress.Error($"Not run: {all}.");
    }

    /// <summary>Shows where the outputs are, and writes the pages.</summary>
    private async Task PublishAsync(ICellRunner cells, string folder, Dictionary<string, string> sources, ProgressReport progress)
    {
        // A run that ended early may have written nothing.
        foreach (var target in sources.Keys.Where(target => !File.Exists(target)).ToList())
            sources.Remove(target);
        if (!_html)
        {
            progress.Line($"Executed notebooks: {folder}");
            return;
        }

        foreach (var warning in await cells.PublishAsync(folder, sources).ConfigureAwait(false))
            progress.Warning(warning);
        progress.Line($"Pages: {Path.Combine(folder, Site.IndexFile)}");
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
