using System.Text;
using AdwUNet.Kernel.Execution;

namespace AdwUNet.Kernel.Running;

/// <summary>
/// Passes a cell's outputs on and shows some of them on the command line: the first lines that the cell prints, and every 30 seconds the state of
/// a display that changes, such as a progress bar.
/// </summary>
internal sealed class EchoedOutput(ICellOutput inner, ProgressReport progress, TimeProvider time) : ICellOutput
{
    private const int MostLines = 20;
    private const string Indent = "        | ";

    /// <summary>How often the state of a changing display is shown.</summary>
    private static readonly TimeSpan UpdateInterval = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly StringBuilder _line = new();
    private long _lastUpdate = time.GetTimestamp();
    private int _lines;

    public void Stream(StreamName stream, string text)
    {
        inner.Stream(stream, text);
        // A task of the cell may print from its own thread after the cell has ended.
        lock (_lock)
        {
            foreach (var character in text)
            {
                if (character == '\n')
                    EndLine();
                else if (_lines <= MostLines)
                    _line.Append(character);
            }
        }
    }

    public void Display(MimeBundle data, string displayId) => inner.Display(data, displayId);

    public void Update(MimeBundle data, string displayId)
    {
        inner.Update(data, displayId);
        var text = data.Forms[MimeBundle.Plain];
        // A state of several lines is a table or a chart, which a terminal cannot show well.
        if (text.Contains('\n', StringComparison.Ordinal))
            return;
        lock (_lock)
        {
            if (time.GetElapsedTime(_lastUpdate) < UpdateInterval)
                return;
            _lastUpdate = time.GetTimestamp();
            progress.Line(Indent + text);
        }
    }

    public void Clear(bool wait) => inner.Clear(wait);

    public void Result(MimeBundle data, int executionCount) => inner.Result(data, executionCount);

    public void Error(CellError error) => inner.Error(error);

    /// <summary>Ends the cell: shows a last line without a line break.</summary>
    public void End()
    {
        lock (_lock)
        {
            if (_line.Length > 0)
                EndLine();
        }
    }

    private void EndLine()
    {
        _lines++;
        if (_lines <= MostLines)
            progress.Line(Indent + _line.ToString().TrimEnd('\r'));
        else if (_lines == MostLines + 1)
            progress.Line(Indent + "... (the rest is in the notebook)");
        _line.Clear();
    }
}
