using System.Globalization;
using Spectre.Console;

namespace AdwUNet.Kernel.Running;

/// <summary>Shows the progress of a run: on a terminal in colour and with the running cell, elsewhere as one plain line per finished cell.</summary>
internal sealed class ProgressReport
{
    private const int SummaryWidth = 60;
    private const int LeastSummaryWidth = 10;

    /// <summary>The width of the mark, the seconds and the spaces in a cell's line.</summary>
    private const int RestWidth = 24;

    /// <summary>Large enough that the console never wraps a line, so that paths can be copied.</summary>
    private const int Unbroken = 10_000;

    private const string EraseLine = "\r\u001b[2K";

    private readonly TextWriter _output;
    private readonly TextWriter _errors;
    private readonly IAnsiConsole? _console;
    private readonly int _width = Unbroken;
    private readonly Lock _lock = new();
    private bool _lineIsDrawn;

    /// <summary>Creates a report.</summary>
    /// <param name="output">Where the report is written.</param>
    /// <param name="plain">Whether <paramref name="output"/> is a file rather than a terminal.</param>
    public ProgressReport(TextWriter output, bool plain)
    {
        _output = _errors = output;
        if (plain)
            return;
        _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        _width = _console.Profile.Width;
        _console.Profile.Width = Unbroken;
    }

    private ProgressReport(TextWriter errors) => (_output, _errors) = (TextWriter.Null, errors);

    /// <summary>A report of errors only.</summary>
    public static ProgressReport Silent(TextWriter errors) => new(errors);

    /// <summary>Reports that a cell starts.</summary>
    public Step Begin(string notebook, int cell, int cells, string summary)
    {
        var place = $"{notebook}  cell {cell}/{cells}";
        var width = Math.Clamp(_width - place.Length - RestWidth, LeastSummaryWidth, SummaryWidth);
        if (summary.Length > width)
            summary = summary[..(width - 1)] + "…";
        var step = new Step(this, place, summary);
        step.ShowRunning();
        return step;
    }

    public void Line(string text) => Write(_output, text, "default");

    public void Warning(string text) => Write(_errors, text, "yellow");

    public void Error(string text) => Write(_errors, text, "red");

    private void Write(TextWriter output, string text, string colour)
    {
        lock (_lock)
        {
            EraseDrawnLine();
            if (_console is null)
                output.WriteLine(text);
            else
                _console.Write(new Text(text + "\n", Style.Parse(colour)));
            output.Flush();
        }
    }

    private void EraseDrawnLine()
    {
        if (_lineIsDrawn)
            _output.Write(EraseLine);
        _lineIsDrawn = false;
    }

    /// <summary>The line of one cell.</summary>
    public sealed class Step(ProgressReport report, string place, string summary) : IDisposable
    {
        private readonly DateTime _start = DateTime.UtcNow;
        private Timer? _timer;

        internal void ShowRunning()
        {
            if (report._console is { Profile.Capabilities.Ansi: true })
                _timer = new Timer(_ => Draw(), null, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        }

        /// <summary>Reports that the cell has ended.</summary>
        public void End(CellMark result, TimeSpan elapsed)
        {
            Dispose();
            var seconds = string.Create(CultureInfo.InvariantCulture, $"{elapsed.TotalSeconds:0.0} s");
            var (mark, colour) = result switch
            {
                CellMark.Succeeded => ("ok", "green"),
                CellMark.Skipped => ("skipped", "grey"),
                CellMark.Raised => ("raised", "green"),
                CellMark.Failed => ("FAILED", "red"),
                _ => ("stopped", "yellow"),
            };
            lock (report._lock)
            {
                if (report._console is { } console)
                {
                    console.MarkupLine($"[{colour}]{mark,-7}[/] {place.EscapeMarkup()}  [grey]{summary.EscapeMarkup()}[/]  {seconds}");
                }
                else
                {
                    report._output.WriteLine($"{mark,-7} {place}  {summary}  {seconds}");
                    report._output.Flush();
                }
            }
        }

        public void Dispose()
        {
            if (_timer is not { } timer)
                return;
            _timer = null;
            using var done = new ManualResetEvent(false);
            if (timer.Dispose(done))
                done.WaitOne();
            lock (report._lock)
                report.EraseDrawnLine();
        }

        private void Draw()
        {
            var seconds = (int)(DateTime.UtcNow - _start).TotalSeconds;
            var line = $"        {place}  {summary}  {seconds.ToString(CultureInfo.InvariantCulture)} s";
            var width = Math.Max(report._width - 1, 1);
            lock (report._lock)
            {
                report._output.Write(EraseLine + (line.Length > width ? line[..width] : line));
                report._lineIsDrawn = true;
                report._output.Flush();
            }
        }
    }
}
