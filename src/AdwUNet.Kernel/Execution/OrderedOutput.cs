using System.Text;

namespace AdwUNet.Kernel.Execution;

/// <summary>
/// Passes the outputs of several threads on in one order. Printed text is buffered for up to 100 ms, so that a cell which prints a million lines does
/// not make a million outputs, and is flushed before any other output. The abort of a cell cannot interrupt it: no lock stays held, no line is cut.
/// </summary>
/// <param name="target">The receiver of the outputs.</param>
/// <param name="stop">The stop of the cell.</param>
internal sealed class OrderedOutput(ICellOutput target, CellStop stop) : ICellOutput
{
    private const int LargestPiece = 32 * 1024;

    /// <summary>How long printed text is buffered.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(100);

    /// <summary>How many pieces are passed on without buffering in that time, to a target that asks for it.</summary>
    private const int MostImmediate = 200;

    private readonly Lock _lock = new();
    private readonly StringBuilder _pending = new();
    private StreamName _stream;
    private Timer? _timer;
    private long _window;
    private int _pieces;
    private bool _isTimed;
    private bool _hasEnded;

    public void Stream(StreamName stream, string text)
    {
        AwaitTurn();
        Unabortable.Run(static it => it.Self.GatherLocked(it.Stream, it.Text), (Self: this, Stream: stream, Text: text));
    }

    public void Display(MimeBundle data, string displayId)
    {
        AwaitTurn();
        InOrder(() => target.Display(data, displayId));
    }

    public void Update(MimeBundle data, string displayId)
    {
        AwaitTurn();
        InOrder(() => target.Update(data, displayId));
    }

    public void Clear(bool wait) => InOrder(() => target.Clear(wait));

    public void Result(MimeBundle data, int executionCount) => InOrder(() => target.Result(data, executionCount));

    public void Error(CellError error) => InOrder(() => target.Error(error));

    /// <summary>Passes on the buffered text.</summary>
    public void Flush() => InOrder(static () => { });

    /// <summary>Ends the cell: passes on the buffered text. From then on, text that its tasks still print is not buffered.</summary>
    public void End() => InOrder(() =>
    {
        _hasEnded = true;
        _timer?.Dispose();
    });

    private void AwaitTurn()
    {
        target.AwaitRoom(stop.Asked);
        stop.ThrowIfAborted();
    }

    private void InOrder(Action action) => Unabortable.Run(static it => it.Self.FlushAnd(it.Action), (Self: this, Action: action));

    private void FlushAnd(Action action)
    {
        lock (_lock)
        {
            FlushPending();
            action();
        }
    }

    private void GatherLocked(StreamName stream, string text)
    {
        lock (_lock)
            Gather(stream, text);
    }

    private void Gather(StreamName stream, string text)
    {
        if (stream != _stream)
            FlushPending();
        _stream = stream;
        _pending.Append(text);
        // A surrogate pair is passed on whole.
        if (char.IsHighSurrogate(_pending[^1]))
            return;
        if (_hasEnded || _pending.Length >= LargestPiece || (target.IsImmediate && IsRare()))
            FlushPending();
        else
            FlushSoon();
    }

    /// <summary>Whether so few pieces are printed that each can be passed on without buffering.</summary>
    private bool IsRare()
    {
        var window = Environment.TickCount64 / (long)LongestWait.TotalMilliseconds;
        if (window != _window)
            (_window, _pieces) = (window, 0);
        return ++_pieces <= MostImmediate;
    }

    private void FlushSoon()
    {
        if (_isTimed)
            return;
        _isTimed = true;
        _timer ??= new Timer(_ => OnTime());
        _timer.Change(LongestWait, Timeout.InfiniteTimeSpan);
    }

    private void OnTime()
    {
        lock (_lock)
        {
            _isTimed = false;
            if (_pending.Length > 0 && char.IsHighSurrogate(_pending[^1]))
                FlushSoon();
            else
                FlushPending();
        }
    }

    private void FlushPending()
    {
        if (_pending.Length == 0)
            return;
        target.Stream(_stream, _pending.ToString());
        _pending.Clear();
    }
}
