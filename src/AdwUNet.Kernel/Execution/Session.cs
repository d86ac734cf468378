using System.Diagnostics;
using System.Globalization;
using AdwUNet.Kernel.Html;
using AdwUNet.Kernel.Interactive;
using AdwUNet.Kernel.Notebooks;
using AdwUNet.Kernel.References;
using Microsoft.CodeAnalysis;
using Microsoft.DotNet.Interactive.Formatting;

namespace AdwUNet.Kernel.Execution;

/// <summary>
/// A running C# notebook: it executes cells one after the other and keeps what they define. It is independent of
/// files and protocols; outputs go to the <see cref="ICellOutput"/> of each call.
/// </summary>
internal sealed class Session : IDisposable
{
    private readonly NotebookLoadContext _loader = new();
    private readonly ReferenceSet _references;
    private readonly SubmissionChain _chain;
    private readonly string _folder;
    private readonly Dictionary<string, string> _sources = new(StringComparer.Ordinal);
    private readonly PackageSet _packages;
    private readonly HashSet<string> _warned = new(StringComparer.Ordinal);
    private readonly HashSet<string> _importing = new(StringComparer.Ordinal);
    private readonly CellThread _thread = new();
    private readonly CellKernel _kernel;
    private readonly PackageExtensions _extensions;
    private readonly SharedValues _shared;
    private readonly Lock _lock = new();
    private CellStop? _running;
    private TaskCompletionSource? _ended;

    /// <summary>Starts a session.</summary>
    /// <param name="folder">Where relative paths of <c>#r</c>, <c>#load</c> and <c>#!import</c> begin.</param>
    public Session(string folder)
    {
        _folder = Path.GetFullPath(folder);
        _references = new ReferenceSet(_loader);
        _packages = new PackageSet(_references, _folder);
        _chain = new SubmissionChain(_loader, _references, _folder);
        _kernel = new CellKernel(SubmitAsync);
        _extensions = new PackageExtensions(_loader, _kernel);
        _shared = new SharedValues(_folder, () => _chain.Variables);
        ConsoleCapture.Install();
        CellDisplays.Install();
    }

    /// <summary>Where relative paths begin.</summary>
    public string Folder => _folder;

    /// <summary>What the cells may refer to.</summary>
    public ReferenceSet References => _references;

    /// <summary>The cells so far, as the compiler sees them.</summary>
    public SubmissionChain Chain => _chain;

    /// <summary>How many cells were executed so far.</summary>
    public int ExecutionCount { get; private set; }

    /// <summary>The grace period: how long a cell that uses its token may continue after it is asked to stop.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Executes one cell. An error of the cell is an output and an outcome, not an exception of this method. Cells are
    /// executed one at a time: the caller waits for the one before.
    /// </summary>
    /// <param name="code">The cell's text.</param>
    /// <param name="output">Where its outputs go.</param>
    /// <param name="language">What the text is in up to a line such as <c>#!html</c>.</param>
    /// <param name="input">The source of input; null for the process's own console.</param>
    /// <param name="isCounted">Whether it is one of the notebook's cells, rather than a front end's own question.</param>
    /// <param name="cancellationToken">Interrupts the cell, as <see cref="Interrupt"/> does.</param>
    public async Task<CellOutcome> ExecuteAsync(
        string code,
        ICellOutput output,
        CellLanguage language = CellLanguage.CSharp,
        ICellInput? input = null,
        bool isCounted = true,
        CancellationToken cancellationToken = default)
    {
        var count = isCounted ? ++ExecutionCount : ExecutionCount;
        var name = isCounted ? $"cell {count}" : "code that is no cell";
        using var stop = new CellStop(Grace);
        var ordered = new OrderedOutput(output, stop);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
            (_running, _ended) = (stop, ended);
        CellError? error;
        using (cancellationToken.UnsafeRegister(_ => stop.Request(), null))
        {
            // Runs on the thread pool, so that the cell's context and its blocking do not affect the caller.
            error = await Task.Run(() => ExecuteGuardedAsync(code, ordered, input, language, name, count, stop), CancellationToken.None)
                .ConfigureAwait(false);
        }

        lock (_lock)
            _running = null;
        ended.SetResult();
        if (error is not null)
            ordered.Error(error);
        ordered.End();
        if (error is null)
            return new CellOutcome(CellStatus.Succeeded, count, null);
        var status = stop.Asked.IsCancellationRequested ? CellStatus.Cancelled : CellStatus.Failed;
        return new CellOutcome(status, count, error);
    }

    /// <summary>Asks the running cell to stop; asked again, stops it at once. See <see cref="CellStop"/>.</summary>
    /// <returns>For how long the cell may continue; zero if none runs.</returns>
    public TimeSpan Interrupt()
    {
        lock (_lock)
            return _running?.Request() ?? TimeSpan.Zero;
    }

    /// <summary>Interrupts the running cell, if there is one, and waits for it, but no longer than it may take.</summary>
    /// <returns>Whether no cell runs any more.</returns>
    public async Task<bool> EndAsync()
    {
        Task? running;
        lock (_lock)
            running = _running is null ? null : _ended!.Task;
        if (running is null)
            return true;
        var time = Interrupt() + CellContext.Patience;
        return await Task.WhenAny(running, Task.Delay(time)).ConfigureAwait(false) == running;
    }

    /// <summary>
    /// Disposes what the variables hold, the last declared first: networks and loaders of one notebook would else keep memory
    /// and threads while the next one runs. No cell may be running any more.
    /// </summary>
    public void Dispose()
    {
        _thread.Dispose();
        foreach (var value in _chain.Values.OfType<IDisposable>().Append(_kernel.RootKernel).Distinct(ReferenceEqualityComparer.Instance).Cast<IDisposable>())
        {
            try
            {
                value.Dispose();
            }
#pragma warning disable CA1031 // The notebook has ended with its result. The error is ignored, so that the other values are disposed too.
            catch (Exception)
#pragma warning restore CA1031
            {
            }
        }
    }

    private async Task<CellError?> ExecuteGuardedAsync(
        string code, OrderedOutput output, ICellInput? input, CellLanguage language, string name, int count, CellStop stop)
    {
        try
        {
            // What the cell asked to be called at its end may fail, too.
            using var cell = RunningCell.Enter(output, input, stop, name, count);
            using var invocation = new CellInvocation(_kernel, code);
            await ExecutePartsAsync(code, language, name, output, count, stop).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception) when (stop.Asked.IsCancellationRequested && exception.GetBaseException() is OperationCanceledException)
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
        string code, CellLanguage language, string name, OrderedOutput output, int count, CellStop stop)
    {
        foreach (var part in CellPart.Split(code, language))
        {
            stop.Asked.ThrowIfCancellationRequested();
            if (part.Language == CellLanguage.CSharp)
                await ExecuteCSharpAsync(part.Text, name, output, count, stop).ConfigureAwait(false);
            else if (part.Language == CellLanguage.JavaScript)
                Show(output, "<script type=\"text/javascript\">" + part.Text + "</script>", MimeBundle.Html);
            else
                Show(output, part.Language switch
                {
                    CellLanguage.Value => await _shared.KeepAsync(part, stop.Asked).ConfigureAwait(false),
                    CellLanguage.Mermaid => MermaidDrawing.Of(part.Text),
                    CellLanguage.Html => MimeBundle.OfText(part.Text, [MimeBundle.Html]),
                    _ => MimeBundle.OfText(part.Text, [MimeBundle.Markdown]),
                });
        }
    }

    private async Task ExecuteCSharpAsync(
        string code, string name, OrderedOutput output, int count, CellStop stop)
    {
        var directives = Directives.Read(code);
        await AddReferencesAsync(directives, _folder, stop.Asked).ConfigureAwait(false);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var script in directives.Scripts)
            await PrepareScriptAsync(script, _folder, seen, stop.Asked).ConfigureAwait(false);
        foreach (var extension in _packages.TakeExtensions())
            await LoadExtensionAsync(extension, output, count, stop).ConfigureAwait(false);
        foreach (var action in directives.Actions)
            await ActAsync(action, output, count, stop).ConfigureAwait(false);

        var clock = Stopwatch.StartNew();
        _sources[name] = code;
        var submission = _chain.Compile(SubmissionChain.Parse(directives.Code, name), stop.Asked);
        Warn(submission.Warnings, output);
        if (submission.AsksForToken)
            stop.Observe();
        var result = await CellContext.RunAsync(_thread, stop, async () =>
        {
            // Back to the cell's context: formatting a value runs the cell's code, too.
            var value = await _chain.RunAsync(submission).ConfigureAwait(true);
            // The display that `display` returns is already shown.
            return submission.Shows(value) && value is not DisplayedValue ? MimeBundle.Of(value, []) : null;
        }).ConfigureAwait(false);
        if (result is not null)
            output.Result(result, count);
        if (directives.Time)
            Show(output, string.Create(CultureInfo.InvariantCulture, $"Wall time: {clock.Elapsed.TotalMilliseconds:0.###} ms"), MimeBundle.Plain);
    }

    private static void Show(OrderedOutput output, string text, string mimeType) => Show(output, MimeBundle.OfText(text, [mimeType]));

    private static void Show(OrderedOutput output, MimeBundle data) => output.Display(data, Guid.NewGuid().ToString("N"));

    /// <summary>Runs code that an extension or the running cell submits.</summary>
    private async Task SubmitAsync(string code)
    {
        var cell = RunningCell.Required;
        try
        {
            await ExecutePartsAsync(code, CellLanguage.CSharp, $"{cell.Name}, submitted code", cell.Output, cell.Count, cell.Stop).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The submitter may ignore the result.
            cell.Output.Stream(StreamName.Stderr, string.Join('\n', ErrorReport.Of(exception, _sources).Traceback) + "\n");
            throw;
        }
    }

    private async Task AddReferencesAsync(Directives directives, string folder, CancellationToken cancellationToken)
    {
        foreach (var library in directives.Libraries)
            _references.AddFile(library, folder);
        foreach (var source in directives.Sources)
            _packages.AddSource(source, folder);
        await _packages.AddAsync(directives.Packages, cancellationToken).ConfigureAwait(false);
    }

    private async Task LoadExtensionAsync(string folder, OrderedOutput output, int count, CellStop stop)
    {
        foreach (var file in PackageExtensions.AssembliesIn(folder))
        {
            await CellContext.RunAsync(_thread, stop, async () =>
            {
                await _extensions.LoadAsync(file).ConfigureAwait(true);
                return true;
            }).ConfigureAwait(false);
        }

        var script = Path.Combine(folder, PackageExtensions.Script);
        if (File.Exists(script))
            await ImportAsync(script, output, count, stop).ConfigureAwait(false);
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

    /// <summary>Does what a line such as <c>#!import</c> asks for in its place.</summary>
    private async Task ActAsync(DirectiveLine line, OrderedOutput output, int count, CellStop stop)
    {
        switch (line.Name)
        {
            case "#!import":
                await ImportAsync(line.Argument.Trim('"'), output, count, stop).ConfigureAwait(false);
                break;
            case "#!lsmagic":
                Show(output, Directive.Listing);
                break;
            case "#!about":
                Show(output, About.Of(_folder));
                break;
            case "#!share" or "#!set":
                // Copying a value may run code of the cells, such as property getters.
                var declaration = await InCellAsync(() => line.Name == "#!set" ? _shared.Set(line) : _shared.Share(line)).ConfigureAwait(false);
                var submission = _chain.Compile(SubmissionChain.Parse(declaration, line.Name), stop.Asked);
                await CellContext.RunAsync(_thread, stop, () => _chain.RunAsync(submission)).ConfigureAwait(false);
                break;
            default:
                // Formatting runs code of the values' types.
                Show(output, await InCellAsync(() => VariableTable.Of(_chain.Variables, line.Name == "#!whos")).ConfigureAwait(false));
                break;
        }

        Task<T> InCellAsync<T>(Func<T> code) => CellContext.RunAsync(_thread, stop, () => Task.FromResult(code()));
    }

    private async Task ImportAsync(string path, OrderedOutput output, int count, CellStop stop)
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
                case var ending when CellLanguages.OfFile(ending) is { } language:
                    var code = await File.ReadAllTextAsync(file, stop.Asked).ConfigureAwait(false);
                    await ExecutePartsAsync(code, language, name, output, count, stop).ConfigureAwait(false);
                    break;
                case ".ipynb" or ".dib":
                    var number = 0;
                    foreach (var cell in Notebook.Load(file).Cells)
                    {
                        if (cell.IsCode)
                            await ExecutePartsAsync(cell.Source, cell.Language, $"{name}, cell {++number}", output, count, stop).ConfigureAwait(false);
                        else if (cell.Kind == "markdown" && !string.IsNullOrWhiteSpace(cell.Source))
                            Show(output, cell.Source, MimeBundle.Markdown);
                    }

                    break;
                default:
                    throw new NotebookException($"'{path}' cannot be imported: #!import takes .ipynb, .dib, .cs, .csx, .html, .js and .md files.");
            }
        }
        finally
        {
            _importing.Remove(file);
        }
    }

    /// <summary>Shows warnings, each once: running a cell again does not repeat what was said of its lines.</summary>
    private void Warn(IEnumerable<Diagnostic> warnings, OrderedOutput output)
    {
        foreach (var warning in warnings)
        {
            if (_warned.Add(ErrorReport.KeyOf(warning)))
                output.Stream(StreamName.Stderr, ErrorReport.Describe(warning) + "\n");
        }
    }
}
