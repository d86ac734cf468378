using System.Diagnostics;
using System.Globalization;
using AdwUNet.Kernel.Html;
using AdwUNet.Kernel.References;
using Microsoft.CodeAnalysis;
using Microsoft.DotNet.Interactive.Formatting;

namespace AdwUNet.Kernel.Execution;

/// <summary>Executes the parts of a cell, each in its language.</summary>
internal sealed class CellParts
{
    private readonly SubmissionChain _chain;
    private readonly CellThread _thread;
    private readonly PackageExtensions _extensions;
    private readonly ScriptReferences _scripts;
    private readonly SharedValues _values;
    private readonly CellActions _actions;
    private readonly HashSet<string> _warned = new(StringComparer.Ordinal);

    /// <param name="folder">The folder where relative paths begin.</param>
    /// <param name="chain">The cells so far.</param>
    /// <param name="references">The references of the session.</param>
    /// <param name="extensions">The loader of extensions.</param>
    /// <param name="thread">The thread of the cells.</param>
    public CellParts(string folder, SubmissionChain chain, ReferenceSet references, PackageExtensions extensions, CellThread thread)
    {
        _chain = chain;
        _thread = thread;
        _extensions = extensions;
        _scripts = new ScriptReferences(references, folder);
        _values = new SharedValues(folder, () => chain.Variables);
        _actions = new CellActions(folder, chain, _values, thread, ExecuteAsync);
    }

    /// <summary>The error of a cell, with the lines of the executed code that led to it.</summary>
    public CellError ErrorOf(Exception exception) => ErrorReport.Of(exception, _scripts.Sources);

    /// <summary>Executes a text in a cell.</summary>
    /// <param name="code">The text.</param>
    /// <param name="language">Its language up to a line such as <c>#!html</c>.</param>
    /// <param name="name">Its name in tracebacks.</param>
    /// <param name="cell">The cell.</param>
    public async Task ExecuteAsync(string code, CellLanguage language, string name, RunningCell cell)
    {
        foreach (var part in CellPart.Split(code, language))
        {
            cell.Stop.Asked.ThrowIfCancellationRequested();
            if (part.Language == CellLanguage.CSharp)
                await ExecuteCSharpAsync(part.Text, name, cell).ConfigureAwait(false);
            else
                cell.Show(part.Language switch
                {
                    CellLanguage.Value => await _values.KeepAsync(part, cell.Stop.Asked).ConfigureAwait(false),
                    CellLanguage.Mermaid => MermaidDrawing.Of(part.Text),
                    CellLanguage.JavaScript => MimeBundle.OfText("<script type=\"text/javascript\">" + part.Text + "</script>", [MimeBundle.Html]),
                    CellLanguage.Html => MimeBundle.OfText(part.Text, [MimeBundle.Html]),
                    _ => MimeBundle.OfText(part.Text, [MimeBundle.Markdown]),
                });
        }
    }

    /// <summary>Executes C# that an extension or the running cell submits.</summary>
    public async Task SubmitAsync(string code)
    {
        var cell = RunningCell.Required;
        try
        {
            await ExecuteAsync(code, CellLanguage.CSharp, $"{cell.Name}, submitted code", cell).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The submitter may ignore the result.
            cell.Output.Stream(StreamName.Stderr, string.Join('\n', ErrorOf(exception).Traceback) + "\n");
            throw;
        }
    }

    private async Task ExecuteCSharpAsync(string code, string name, RunningCell cell)
    {
        var directives = Directives.Read(code);
        await _scripts.AddAsync(directives, cell.Stop.Asked).ConfigureAwait(false);
        await _scripts.Packages.LoadExtensionsAsync(folder => LoadExtensionAsync(folder, cell)).ConfigureAwait(false);
        foreach (var action in directives.Actions)
            await _actions.ActAsync(action, cell).ConfigureAwait(false);

        var clock = Stopwatch.StartNew();
        _scripts.Sources[name] = code;
        var submission = _chain.Compile(SubmissionChain.Parse(directives.Code, name), cell.Stop.Asked);
        Warn(submission.Warnings, cell);
        if (submission.AsksForToken)
            cell.Stop.Observe();
        var result = await CellContext.RunAsync(_thread, cell.Stop, async () =>
        {
            // Back to the cell's context: formatting a value runs the cell's code, too.
            var value = await _chain.RunAsync(submission).ConfigureAwait(true);
            // The display that `display` returns is already shown.
            return submission.Shows(value) && value is not DisplayedValue ? MimeBundle.Of(value, []) : null;
        }).ConfigureAwait(false);
        if (result is not null)
            cell.Output.Result(result, cell.Count);
        if (directives.Time)
        {
            var time = string.Create(CultureInfo.InvariantCulture, $"Wall time: {clock.Elapsed.TotalMilliseconds:0.###} ms");
            cell.Show(MimeBundle.OfText(time, [MimeBundle.Plain]));
        }
    }

    private async Task LoadExtensionAsync(string folder, RunningCell cell)
    {
        foreach (var file in PackageExtensions.AssembliesIn(folder))
        {
            await CellContext.RunAsync(_thread, cell.Stop, async () =>
            {
                await _extensions.LoadAsync(file).ConfigureAwait(true);
                return true;
            }).ConfigureAwait(false);
        }

        var script = Path.Combine(folder, PackageExtensions.Script);
        if (File.Exists(script))
            await _actions.ImportAsync(script, cell).ConfigureAwait(false);
    }

    /// <summary>Shows each warning once: a cell that is run again does not repeat the warnings of its unchanged lines.</summary>
    private void Warn(IEnumerable<Diagnostic> warnings, RunningCell cell)
    {
        foreach (var warning in warnings)
        {
            if (_warned.Add(ErrorReport.KeyOf(warning)))
                cell.Output.Stream(StreamName.Stderr, ErrorReport.Describe(warning) + "\n");
        }
    }
}
