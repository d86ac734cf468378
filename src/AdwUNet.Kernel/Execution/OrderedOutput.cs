using System.Text;

namespace AdwUNet.Kernel.Execution;

/// <summary>
/// Puts what many threads print and show into one order and hands it on. Printed text is gathered for a moment, so that a
/// cell which prints a million lines does not make a million outputs, and is handed on before anything that follows it.
/// </summary>
internal sealed class OrderedOutput(ICellOutput target) : ICellOutput
{
    private const int LargestPiece = 32 * 1024;

    /// <summary>How long printed text waits for more: short to the eye, long to a loop that prints.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly StringBuilder _pending = new();
    private StreamName _stream;
    private Timer? _timer;
    private bool _isTimed;
    private bool _hasEnded;

    public void Stream(StreamName stream, string text)
    {
        lock (_lock)
        {
            if (stream != _stream)
                FlushPending();
            _stream = stream;
            _pending.Append(text);
            if (_hasEnded || _pending.Length >= LargestPiece)
                FlushPending();
            else
                FlushSoon();
        }
    }

    public void Display(MimeBundle data, string displayId) => InOrder(() => target.Display(data, displayId));

    public void Update(MimeBundle data, string displayId) => InOrder(() => target.Update(data, displayId));

    public void Clear(bool wait) => InOrder(() => target.Clear(wait));

    public void Result(MimeBundle data, int executionCount) => InOrder(() => target.Result(data, executionCount));

    public void Error(CellError error) => InOrder(() => target.Error(error));

    /// <summary>Hands on what was printed so far.</summary>
    public void Flush() => InOrder(static () => { });

    /// <summary>The cell has ended: hands on what was printed so far, and at once what its tasks still print.</summary>
    public void End() => InOrder(() =>
    {
        _hasEnded = true;
        _timer?.Dispose();
    });

    private void InOrder(Action action)
    {
        lock (_lock)
        {
            FlushPending();
            action();
        }
    }

    private void FlushSoon()
    {
        if (_isTimed)
            return;
        _isTimed = true;
        _timer ??= new Timer(_ => InOrder(() => _isTimed = false));
        _timer.Change(LongestWait, Timeout.InfiniteTimeSpan);
    }

    private void FlushPending()
    {
        if (_pending.Length == 0)
            return;
        target.Stream(_stream, _pending.ToString());
        _pending.Clear();
    }
}
