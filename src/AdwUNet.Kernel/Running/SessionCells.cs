using AdwUNet.Kernel.Execution;
using AdwUNet.Kernel.Html;
using Microsoft.DotNet.Interactive.Formatting;

namespace AdwUNet.Kernel.Running;

/// <summary>Executes cells in this process.</summary>
/// <param name="grace">The grace period of a cell that uses its token, after it is asked to stop.</param>
internal sealed class SessionCells(TimeSpan grace) : ICellRunner
{
    private readonly string _directory = Environment.CurrentDirectory;
    private Session? _session;

    /// <summary>How long the values of a notebook's variables may take to be disposed.</summary>
    public TimeSpan DisposeTime { get; init; } = TimeSpan.FromSeconds(30);

    public bool HasEnded => false;

    public Task OpenAsync(string notebook, string parameters)
    {
        var folder = Path.GetDirectoryName(notebook)!;
        // As in Jupyter, a notebook runs in its own folder. Notebooks run one at a time, so the whole process can change to it.
        Environment.CurrentDirectory = folder;
        RunVariables.SetNotebook(notebook, parameters);
        Formatter.ResetToDefault();
        _session = new Session(folder) { Grace = grace };
        return Task.CompletedTask;
    }

    public Task<CellOutcome> ExecuteAsync(string code, CellLanguage language, ICellOutput output, CancellationToken cancellationToken) =>
        _session!.ExecuteAsync(code, output, language, cancellationToken: cancellationToken);

    public async Task<string?> CloseAsync()
    {
        var session = _session;
        _session = null;
        return session is null ? null : await session.DisposeAsync(DisposeTime).ConfigureAwait(false);
    }

    public Task<IReadOnlyList<string>> PublishAsync(string folder, IReadOnlyDictionary<string, string> sources) =>
        Task.FromResult(Site.Publish(folder, sources));

    /// <summary>Restores the previous current directory. A cell that did not stop keeps its session.</summary>
    public void Dispose() => Environment.CurrentDirectory = _directory;
}
