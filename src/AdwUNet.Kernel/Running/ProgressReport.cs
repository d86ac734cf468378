using System.Globalization;
using AdwUNet.Kernel.Execution;
using Spectre.Console;

namespace AdwUNet.Kernel.Running;

/// <summary>Tells how a run goes: on a terminal in colour and with the running cell shown, else in plain lines, one a finished cell.</summary>
internal sealed class ProgressReport(TextWriter output, bool plain)
{
    private const int SummaryWidth = 60;

    private readonly IAnsiConsole? _console = plain ? null : AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
    private readonly Lock _lock = new();

    /// <summary>A cell starts.</summary>
    public Step Begin(string notebook, int cell, int cells, string summary)
    {
        if (summary.Length > SummaryWidth)
            summary = summary[..(SummaryWidth - 1)] + "…";
        var step = new Step(this, $"{notebook}  cell {cell}/{cells}", summary);
        step.ShowRunning();
        return step;
    }

    public void Line(string text) => Write(text, "default");

    public void Warning(string text) => Write(text, "yellow");

    public void Error(string text) => Write(text, "red");

    private void Write(string text, string colour)
    {
        lock (_lock)
        {
            if (_console is null)
                output.WriteLine(text);
            else
                // No wrapping by the console: paths are to be copied from it.
                _console.Write(new Text(text + "\n", Style.Parse(colour)) { Overflow = Overflow.Fold });
            output.Flush();
        }
    }

    /// <summary>The line of one cell.</summary>
    public sealed class Step(ProgressReport report, string place, string summary) : IDisposable
    {
        private const string EraseLine = "\r\u001b[2K";

        private readonly DateTime _start = DateTime.UtcNow;
        private Timer? _timer;

        internal void ShowRunning()
        {
            if (report._console is { Profile.Capabilities.Ansi: true })
                _timer = new Timer(_ => Draw(), null, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        }

        /// <summary>The cell has ended.</summary>
        public void End(CellStatus status, TimeSpan elapsed)
        {
            Dispose();
            var seconds = string.Create(CultureInfo.InvariantCulture, $"{elapsed.TotalSeconds:0.0} s");
            var mark = status switch { CellStatus.Succeeded => "ok", CellStatus.Failed => "FAILED", _ => "stopped" };
            lock (report._lock)
            {
                if (report._console is { } console)
                {
                    var colour = status switch { CellStatus.Succeeded => "green", CellStatus.Failed => "red", _ => "yellow" };
                    console.MarkupLine($"[{colour}]{mark,-7}[/] {place.EscapeMarkup()}  [grey]{summary.EscapeMarkup()}[/]  {seconds}");
                }
                else
                {
                    report.Output.WriteLine($"{mark,-7} {place}  {summary}  {seconds}");
                    report.Output.Flush();
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
                report.Output.Write(EraseLine);
        }

        private void Draw()
        {
            var seconds = (int)(DateTime.UtcNow - _start).TotalSeconds;
            var line = $"        {place}  {summary}  {seconds.ToString(CultureInfo.InvariantCulture)} s";
            var width = Math.Max(report._console!.Profile.Width - 1, 1);
            lock (report._lock)
            {
                report.Output.Write(EraseLine + (line.Length > width ? line[..width] : line));
                report.Output.Flush();
            }
        }
    }

    private TextWriter Output => output;
}
