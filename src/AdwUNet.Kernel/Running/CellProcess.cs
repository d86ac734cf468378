using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipes;
using AdwUNet.Kernel.Execution;
using AdwUNet.Kernel.Html;
using AdwUNet.Kernel.References;

namespace AdwUNet.Kernel.Running;

/// <summary>
/// Executes cells in a separate process. When that process ends, by <see cref="Environment.Exit"/>, a crash or a kill, this process still has
/// all outputs and can report which cells were not run.
/// </summary>
internal sealed class CellProcess : ICellRunner
{
    /// <summary>The time limit for exit handlers of notebooks.</summary>
    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Process _process;
    private readonly AnonymousPipeServerStream _ordersPipe = new(PipeDirection.Out, HandleInheritability.Inheritable);
    private readonly AnonymousPipeServerStream _reportsPipe = new(PipeDirection.In, HandleInheritability.Inheritable);
    private readonly Stream _orders;
    private readonly Thread _receiver;
    private readonly List<CellOutput> _cells = [];
    private readonly TaskCompletionSource<CellError> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource<string[]>? _answer;
    private bool _isOrderly;
    private volatile bool _isKilled;

    /// <summary>Starts the process.</summary>
    /// <param name="grace">The grace period of a cell that uses its token, after it is asked to stop.</param>
    /// <param name="dotnet">The command that starts .NET; by default the one of this process.</param>
    /// <exception cref="NotebookException">The process cannot be started.</exception>
    public CellProcess(TimeSpan grace, string? dotnet = null)
    {
        // The process inherits standard input and output, because a cell may read input and native code may print.
        var start = new ProcessStartInfo(
            dotnet ?? Framework.DotnetCommand,
            [typeof(CellProcess).Assembly.Location, .. CellHost.Arguments(_ordersPipe.GetClientHandleAsString(), _reportsPipe.GetClientHandleAsString(), grace)]);
        try
        {
            _process = Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            _ordersPipe.Dispose();
            _reportsPipe.Dispose();
            throw new NotebookException($"The process of the cells cannot be started: {exception.Message}", exception);
        }

        _ordersPipe.DisposeLocalCopyOfClientHandle();
        _reportsPipe.DisposeLocalCopyOfClientHandle();
        _orders = Frames.Open(_ordersPipe.SafePipeHandle.DangerousGetHandle(), FileAccess.Write, isOwned: false);
        _receiver = new Thread(Receive) { Name = "reports", IsBackground = true };
        _receiver.Start();
    }

    public bool HasEnded => _end.Task.IsCompleted;

    public Task OpenAsync(string notebook, string parameters) => AskAsync([CellMessages.Open, notebook, parameters]);

    public async Task<CellOutcome> ExecuteAsync(string code, CellLanguage language, ICellOutput output, CancellationToken cancellationToken)
    {
        var cell = new CellOutput(output);
        int number;
        lock (_lock)
        {
            // Cells of earlier notebooks are kept, because their tasks may still print.
            number = _cells.Count;
            _cells.Add(cell);
        }

        Send([CellMessages.Execute, CellMessages.Text(number), language.ToString(), code]);
        await using var registration = cancellationToken.UnsafeRegister(_ => Send([CellMessages.Stop]), null).ConfigureAwait(false);
        if (await Task.WhenAny(cell.Outcome, _end.Task).ConfigureAwait(false) == cell.Outcome)
            return await cell.Outcome.ConfigureAwait(false);
        var error = await _end.Task.ConfigureAwait(false);
        output.Error(error);
        return new CellOutcome(CellStatus.Failed, number + 1, error);
    }

    public async Task<string?> CloseAsync() => (await AskAsync([CellMessages.Close]).ConfigureAwait(false)).FirstOrDefault();

    public async Task<IReadOnlyList<string>> PublishAsync(string folder, IReadOnlyDictionary<string, string> sources) => HasEnded
        ? Site.Publish(folder, sources)
        : await AskAsync([CellMessages.Publish, folder, .. sources.SelectMany(pair => new[] { pair.Key, pair.Value })]).ConfigureAwait(false);

    /// <summary>Ends the process at once.</summary>
    public void Kill()
    {
        _isKilled = true;
        _process.Kill();
    }

    /// <summary>Ends the process: normally after all cells have ended, so that exit handlers of notebooks run; at once if a cell still runs.</summary>
    public void Dispose()
    {
        var isOrderly = _cells.Count > 0 && _cells.TrueForAll(cell => cell.Outcome.IsCompleted);
        if (isOrderly)
            Send([CellMessages.End]);
        if (!isOrderly || !_process.WaitForExit(EndTime))
            _process.Kill();

        // It still asks the process for its exit code.
        _receiver.Join(EndTime);
        _orders.Dispose();
        _ordersPipe.Dispose();
        _process.Dispose();
    }

    private async Task<string[]> AskAsync(string[] order)
    {
        _answer = new TaskCompletionSource<string[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        Send(order);
        if (await Task.WhenAny(_answer.Task, _end.Task).ConfigureAwait(false) == _answer.Task)
            return await _answer.Task.ConfigureAwait(false);
        throw new NotebookException((await _end.Task.ConfigureAwait(false)).Message);
    }

    private void Send(string[] order)
    {
        try
        {
            lock (_lock)
                Frames.Write(_orders, order);
        }
        catch (IOException)
        {
            // The process has ended; the other pipe reports that too.
        }
    }

    private void Receive()
    {
        using (var pipe = Frames.Open(_reportsPipe.SafePipeHandle.DangerousGetHandle(), FileAccess.Read, isOwned: false))
        using (var reports = new BufferedStream(pipe, 64 * 1024))
        {
            while (Frames.Read(reports) is { } message)
                Take(message);
        }

        _process.WaitForExit();
        var text = ProcessEnd.Describe(_process.ExitCode, _isOrderly, _isKilled);
        _end.SetResult(new CellError("ProcessEnded", text, [text]));
    }

    private void Take(string[] message)
    {
        switch (message)
        {
            case [CellMessages.Done, .. var texts]:
                _answer!.SetResult(texts);
                break;
            case [CellMessages.Refused, var text]:
                _answer!.SetException(new NotebookException(text));
                break;
            case [CellMessages.Ended, var cell, var status, var count]:
                CellOf(CellMessages.Number(cell)).End(Enum.Parse<CellStatus>(status), CellMessages.Number(count));
                break;
            case [CellMessages.Exiting]:
                _isOrderly = true;
                break;
            default:
                CellMessages.Deliver(message, CellOf);
                break;
        }
    }

    private CellOutput CellOf(int number)
    {
        lock (_lock)
            return _cells[number];
    }

    /// <summary>The outputs of one cell, and its completion.</summary>
    private sealed class CellOutput(ICellOutput inner) : ICellOutput
    {
        private readonly TaskCompletionSource<CellOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private CellError? _error;

        public Task<CellOutcome> Outcome => _outcome.Task;

        public void End(CellStatus status, int count) => _outcome.SetResult(new CellOutcome(status, count, _error));

        public void Stream(StreamName stream, string text) => inner.Stream(stream, text);

        public void Display(MimeBundle data, string displayId) => inner.Display(data, displayId);

        public void Update(MimeBundle data, string displayId) => inner.Update(data, displayId);

        public void Clear(bool wait) => inner.Clear(wait);

        public void Result(MimeBundle data, int executionCount) => inner.Result(data, executionCount);

        public void Error(CellError error)
        {
            _error = error;
            inner.Error(error);
        }
    }
}
