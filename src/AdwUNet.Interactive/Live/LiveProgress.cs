using System.Globalization;

namespace AdwUNet.Interactive;

/// <summary>A progress bar below the running cell, with rate and time left. Dispose it to show the last state.</summary>
/// <remarks>Updated at most twice a second. Outside a notebook it prints a line every ten seconds.</remarks>
public sealed class LiveProgress : IProgress<int>, IDisposable
{
    private static readonly TimeSpan ConsoleInterval = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly string _title;
    private readonly int _total;
    private readonly string _unit;
    private readonly TimeProvider _time;
    private readonly long _start;
    private (int Done, long Since) _from;
    private readonly Throttle _throttle;
    private readonly ILiveDisplay _display;
    private int _done;
    private bool _disposed;

    /// <summary>Shows the bar.</summary>
    /// <param name="title">What is being done.</param>
    /// <param name="total">How many steps there are.</param>
    /// <param name="unit">What a step is, in the plural: <c>cases</c>, <c>epochs</c>.</param>
    public LiveProgress(string title, int total, string unit = "steps")
        : this(title, total, unit, TimeProvider.System, null)
    {
    }

    internal LiveProgress(string title, int total, string unit, TimeProvider time, ILiveDisplay? display)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(total);
        _title = title;
        _total = total;
        _unit = unit;
        _time = time;
        _start = time.GetTimestamp();
        _from = (0, _start);
        _display = display ?? LiveDisplay.Show(Figure());
        _throttle = new Throttle(LiveDisplay.IsConsole(_display) ? ConsoleInterval : Throttle.Display, time);
        _throttle.Pass();
        if (display is not null) display.Update(Figure());
    }

    /// <summary>Sets how many steps are done; never fewer than before.</summary>
    /// <param name="value">0..total. If the first value is more than one step, as in a resumed run, the earlier steps do not count for the rate.</param>
    public void Report(int value)
    {
        lock (_lock)
        {
            if (_disposed) return;
            value = Math.Clamp(value, 0, _total);
            if (_done == 0 && value > 1) _from = (value, _time.GetTimestamp());
            // Reports may arrive out of order; the bar never moves back.
            _done = Math.Max(_done, value);
            if (_throttle.Pass()) _display.Update(Figure());
        }
    }

    /// <summary>Lets a loop that reports its own kind of progress move this bar.</summary>
    /// <typeparam name="T">What the loop reports.</typeparam>
    /// <param name="done">How many steps are done, from what was reported.</param>
    public IProgress<T> From<T>(Func<T, int> done) => new Mapped<T>(this, done);

    /// <summary>One step more is done.</summary>
    public void Step()
    {
        lock (_lock)
        {
            Report(_done + 1);
        }
    }

    /// <summary>Shows the last state.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
            _display.Close(Figure());
        }
    }

    private HtmlFigure Figure()
    {
        var seconds = _time.GetElapsedTime(_from.Since).TotalSeconds;
        var text = string.Create(CultureInfo.InvariantCulture, $"{_title}: {_done} of {_total} {_unit}");
        if (_done > _from.Done && seconds > 0)
        {
            var rate = (_done - _from.Done) / seconds;
            text += rate >= 1
                ? string.Create(CultureInfo.InvariantCulture, $", {rate:0.#} {_unit}/s")
                : string.Create(CultureInfo.InvariantCulture, $", {1 / rate:0.#} s each");
            text += _done < _total ? $", {Duration((_total - _done) / rate)} left" : $", took {Duration(_time.GetElapsedTime(_start).TotalSeconds)}";
        }

        var html = $"""
            <div style="font:{Theme.FontSize}px {Theme.FontFamily}"><progress value="{_done}" max="{Math.Max(1, _total)}" aria-label="{Markup.Escape(_title)}"
            style="width:16em;max-width:100%;vertical-align:middle;margin-right:.8em;accent-color:{Theme.Blue}"></progress>{Markup.Escape(text)}</div>
            """;
        return new HtmlFigure(html, text);
    }

    private static string Duration(double seconds)
    {
        var time = TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.MaxValue.TotalSeconds / 2));
        return time.TotalSeconds < 60 ? $"{Math.Ceiling(time.TotalSeconds):0} s"
            : time.TotalMinutes < 60 ? $"{(int)time.TotalMinutes} min {time.Seconds} s"
            : $"{(int)time.TotalHours} h {time.Minutes} min";
    }

    // Progress<T> reports from the thread pool in any order; this class reports synchronously.
    private sealed class Mapped<T>(LiveProgress bar, Func<T, int> done) : IProgress<T>
    {
        public void Report(T value) => bar.Report(done(value));
    }
}
