using System.Diagnostics;
using System.Globalization;
using AdwUNet.Kernel.Notebooks;
using AdwUNet.Kernel.References;
using Microsoft.CodeAnalysis;
using Microsoft.DotNet.Interactive;

namespace AdwUNet.Kernel.Execution;

/// <summary>
/// A running C# notebook: it executes cells one after the other and keeps what they define. It knows nothing of files
/// or protocols; outputs go to the <see cref="ICellOutput"/> of each call.
/// </summary>
internal sealed class Session : IDisposable
{
    private readonly NotebookLoadContext _loader = new();
    private readonly ReferenceSet _references;
    private readonly SubmissionChain _chain;
    private readonly string _folder;
    private readonly Dictionary<string, string> _sources = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PackageRequest> _packages = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _packageSources = [];
    private readonly HashSet<string> _warned = new(StringComparer.Ordinal);
    private readonly HashSet<string> _importing = new(StringComparer.Ordinal);

    /// <summary>Starts a session.</summary>
    /// <param name="folder">Where relative paths of <c>#r</c>, <c>#load</c> and <c>#!import</c> begin.</param>
    public Session(string folder)
    {
        _folder = Path.GetFullPath(folder);
        _references = new ReferenceSet(_loader);
        _chain = new SubmissionChain(_loader, _references, _folder);
        ConsoleCapture.Install();
    }

    /// <summary>How many cells were executed so far.</summary>
    public int ExecutionCount { get; private set; }

    /// <summary>
    /// Executes one cell. An error of the cell is an output and an outcome, not an exception of this method. Cells are
    /// executed one at a time: the caller waits for the one before.
    /// </summary>
    /// <param name="code">The cell's text.</param>
    /// <param name="output">Where its outputs go.</param>
    /// <param name="language">What the text is in up to a line such as <c>#!html</c>.</param>
    /// <param name="cancellationToken">Asks the cell to stop; its code sees it as <c>KernelInvocationContext.Current.CancellationToken</c>.</param>
    public async Task<CellOutcome> ExecuteAsync(
        string code,
        ICellOutput output,
        CellLanguage language = CellLanguage.CSharp,
        CancellationToken cancellationToken = default)
    {
        var count = ++ExecutionCount;
        var ordered = new OrderedOutput(output);
        // On the pool and not here: what the cell sets in its context, and how it blocks, is no matter of the caller's.
        var error = await Task.Run(() => ExecuteGuardedAsync(code, ordered, language, count, cancellationToken), CancellationToken.None)
            .ConfigureAwait(false);
        if (error is not null)
            ordered.Error(error);
        ordered.End();
        if (error is null)
            return new CellOutcome(CellStatus.Succeeded, count, null);
        var status = cancellationToken.IsCancellationRequested ? CellStatus.Cancelled : CellStatus.Failed;
        return new CellOutcome(status, count, error);
    }

    /// <summary>
    /// Disposes what the variables hold, the last declared first: networks and loaders of one notebook would else keep memory
    /// and threads while the next one runs. No cell may be running any more.
    /// </summary>
    public void Dispose()
    {
        foreach (var value in _chain.Values.OfType<IDisposable>().Distinct(ReferenceEqualityComparer.Instance).Cast<IDisposable>())
        {
            try
            {
                value.Dispose();
            }
#pragma warning disable CA1031 // The notebook is over and has its result: nothing can be done about it, and the others are to be disposed, too.
            catch (Exception)
#pragma warning restore CA1031
            {
            }
        }
    }

    private async Task<CellError?> ExecuteGuardedAsync(
        string code, OrderedOutput output, CellLanguage language, int count, CancellationToken cancellationToken)
    {
        using var context = KernelInvocationContext.Enter(output, cancellationToken);
        try
        {
            await ExecutePartsAsync(code, language, $"cell {count}", output, count, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            const string message = "The cell was stopped.";
            return new CellError("OperationCanceledException", message, [message]);
        }
#pragma warning disable CA1031 // Whatever a cell throws is its result.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return ErrorReport.Of(exception, _sources);
        }
    }

    private async Task ExecutePartsAsync(
        string code, CellLanguage language, string name, OrderedOutput output, int count, CancellationToken cancellationToken)
    {
        foreach (var part in CellPart.Split(code, language))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (part.Language == CellLanguage.CSharp)
                await ExecuteCSharpAsync(part.Text, name, output, count, cancellationToken).ConfigureAwait(false);
            else
                KernelInvocationContext.Required.DisplayAs(
                    part.Text, part.Language == CellLanguage.Html ? MimeBundle.Html : MimeBundle.Markdown);
        }
    }

    private async Task ExecuteCSharpAsync(
        string code, string name, OrderedOutput output, int count, CancellationToken cancellationToken)
    {
        var directives = Directives.Read(code);
        await AddReferencesAsync(directives, _folder, cancellationToken).ConfigureAwait(false);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var script in directives.Scripts)
            await PrepareScriptAsync(script, _folder, seen, cancellationToken).ConfigureAwait(false);
        foreach (var import in directives.Imports)
            await ImportAsync(import, output, count, cancellationToken).ConfigureAwait(false);

        var clock = Stopwatch.StartNew();
        _sources[name] = code;
        var (compilation, submission) = _chain.Compile(SubmissionChain.Parse(directives.Code, name), cancellationToken);
        Warn(submission.Warnings, output);
        var value = await _chain.RunAsync(compilation, submission).ConfigureAwait(false);
        if (submission.HasValue)
            output.Result(MimeBundle.Of(value, []), count);
        if (directives.Time)
            KernelInvocationContext.Required.DisplayAs(
                string.Create(CultureInfo.InvariantCulture, $"Wall time: {clock.Elapsed.TotalMilliseconds:0.###} ms"), MimeBundle.Plain);
    }

    private async Task AddReferencesAsync(Directives directives, string folder, CancellationToken cancellationToken)
    {
        foreach (var library in directives.Libraries)
            _references.AddFile(library, folder);
        _packageSources.AddRange(directives.Sources.Select(source =>
            Directory.Exists(Path.Combine(folder, source)) ? Path.GetFullPath(Path.Combine(folder, source)) : source));
        var isNew = false;
        foreach (var package in directives.Packages)
        {
            // The first word on a package's version stays: it is loaded already.
            isNew |= _packages.TryAdd(package.Id, package);
        }

        if (!isNew)
            return;
        try
        {
            var restored = await PackageRestore.RestoreAsync(_packages.Values, _packageSources, _folder, cancellationToken)
                .ConfigureAwait(false);
            foreach (var file in restored.Managed)
                _references.AddAssembly(file);
            foreach (var file in restored.Native)
                _references.AddNative(file);
        }
        catch
        {
            // The cell may be mended and run again: it must ask again, too.
            foreach (var package in directives.Packages)
                _packages.Remove(package.Id);
            throw;
        }
    }

    /// <summary>Adds what a <c>#load</c>ed file refers to, and those that it loads in turn; the compiler reads the files themselves.</summary>
    private async Task PrepareScriptAsync(string script, string folder, HashSet<string> seen, CancellationToken cancellationToken)
    {
        var file = Path.GetFullPath(Path.Combine(folder, script));
        if (!seen.Add(file))
            return;
        if (!File.Exists(file))
            throw new NotebookException($"The file '{script}' of the #load line does not exist (looked for {file}).");
        var code = await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false);
        _sources[file] = code;
        var directives = Directives.Read(code);
        var own = Path.GetDirectoryName(file)!;
        await AddReferencesAsync(directives, own, cancellationToken).ConfigureAwait(false);
        foreach (var further in directives.Scripts)
            await PrepareScriptAsync(further, own, seen, cancellationToken).ConfigureAwait(false);
    }

    private async Task ImportAsync(string path, OrderedOutput output, int count, CancellationToken cancellationToken)
    {
        var file = Path.GetFullPath(Path.Combine(_folder, path));
        if (!File.Exists(file))
            throw new NotebookException($"The file '{path}' of the #!import line does not exist (looked for {file}).");
        if (!_importing.Add(file))
            throw new NotebookException($"The file '{path}' imports itself, directly or through others.");
        try
        {
            var name = Path.GetFileName(file);
            switch (Path.GetExtension(file).ToLowerInvariant())
            {
                case ".cs" or ".csx":
                    var code = await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false);
                    await ExecutePartsAsync(code, CellLanguage.CSharp, name, output, count, cancellationToken).ConfigureAwait(false);
                    break;
                case ".ipynb" or ".dib":
                    var number = 0;
                    foreach (var cell in Notebook.Load(file).Cells.Where(cell => cell.IsCode))
                    {
                        var cellName = $"{name}, cell {++number}";
                        await ExecutePartsAsync(cell.Source, cell.Language, cellName, output, count, cancellationToken).ConfigureAwait(false);
                    }

                    break;
                default:
                    throw new NotebookException($"'{path}' cannot be imported: #!import takes .ipynb, .dib, .cs and .csx files.");
            }
        }
        finally
        {
            _importing.Remove(file);
        }
    }

    private void Warn(IEnumerable<Diagnostic> warnings, OrderedOutput output)
    {
        foreach (var warning in warnings)
        {
            if (_warned.Add(warning.Id + warning.GetMessage(CultureInfo.InvariantCulture)))
                output.Stream(StreamName.Stderr, ErrorReport.Describe(warning) + "\n");
        }
    }
}
