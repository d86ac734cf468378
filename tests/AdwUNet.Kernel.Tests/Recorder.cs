using AdwUNet.Kernel.Execution;

namespace AdwUNet.Kernel.Tests;

/// <summary>Writes down what a cell puts out, in order.</summary>
internal sealed class Recorder : ICellOutput
{
    private readonly Lock _lock = new();
    private readonly List<(string Id, MimeBundle Data)> _displays = [];

    /// <summary>One line an output: its kind and its plain text.</summary>
    public List<string> Log { get; } = [];

    public IReadOnlyList<MimeBundle> Displays => [.. _displays.Select(display => display.Data)];

    public MimeBundle? Value { get; private set; }

    public CellError? Failure { get; private set; }

    /// <summary>What was printed so far; may be asked for while the cell runs.</summary>
    public string Printed
    {
        get
        {
            lock (_lock)
                return string.Concat(Log.Where(line => line.StartsWith("out: ", StringComparison.Ordinal)).Select(line => line[5..]));
        }
    }

    /// <summary>In how many pieces printed text came.</summary>
    public int Pieces { get; private set; }

    public void Stream(StreamName stream, string text)
    {
        Pieces++;
        var kind = stream == StreamName.Stdout ? "out: " : "err: ";
        lock (_lock)
        {
            // Where a stream is cut is a matter of time.
            if (Log.Count > 0 && Log[^1].StartsWith(kind, StringComparison.Ordinal))
                Log[^1] += text;
            else
                Log.Add(kind + text);
        }
    }

    public void Display(MimeBundle data, string displayId)
    {
        _displays.Add((displayId, data));
        Log.Add("display: " + data.Forms[MimeBundle.Plain]);
    }

    public void Update(MimeBundle data, string displayId)
    {
        Assert.Contains(_displays, display => display.Id == displayId);
        Log.Add("update: " + data.Forms[MimeBundle.Plain]);
    }

    public void Clear(bool wait) => Log.Add(wait ? "clear at the next" : "clear");

    public void Result(MimeBundle data, int executionCount)
    {
        Value = data;
        Log.Add("result: " + data.Forms[MimeBundle.Plain]);
    }

    public void Error(CellError error)
    {
        Failure = error;
        Log.Add("error: " + error.Message);
    }
}
