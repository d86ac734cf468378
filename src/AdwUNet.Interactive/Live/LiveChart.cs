using Plotly.NET;

namespace AdwUNet.Interactive;

/// <summary>A chart below the running cell that grows with every value reported. Dispose it to show the last state.</summary>
/// <example><code>
/// using var live = new LiveChart&lt;SearchEpoch&gt;(epochs => Charts.Losses(epochs));
/// foreach (var epoch in search.Run(cancellation)) live.Report(epoch);
/// </code></example>
/// <typeparam name="T">The type of the reported values, such as an epoch.</typeparam>
/// <remarks>Redrawn at most twice a second. Outside a notebook only the last state is printed.</remarks>
public sealed class LiveChart<T> : IProgress<T>, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Func<IReadOnlyList<T>, HtmlFigure> _draw;
    private readonly Throttle _throttle;
    private readonly List<T> _values = [];
    private ILiveDisplay? _display;
    private bool _disposed;

    /// <summary>A chart of what has been reported so far.</summary>
    /// <param name="draw">Draws all values; called when there is at least one.</param>
    /// <param name="first">Values from before, such as those of a run that is continued.</param>
    public LiveChart(Func<IReadOnlyList<T>, GenericChart> draw, IEnumerable<T>? first = null)
        : this(Figure(draw), first, TimeProvider.System, null)
    {
    }

    /// <summary>A drawing of what has been reported so far.</summary>
    /// <param name="draw">Draws all values; called when there is at least one.</param>
    /// <param name="first">Values from before, such as those of a run that is continued.</param>
    public LiveChart(Func<IReadOnlyList<T>, HtmlFigure> draw, IEnumerable<T>? first = null)
        : this(draw, first, TimeProvider.System, null)
    {
    }

    internal LiveChart(Func<IReadOnlyList<T>, HtmlFigure> draw, IEnumerable<T>? first, TimeProvider time, ILiveDisplay? display)
    {
        _draw = draw;
        _throttle = new Throttle(Throttle.Display, time);
        _display = display;
        _values.AddRange(first ?? []);
        if (_values.Count > 0) Show();
    }

    /// <summary>Everything reported so far.</summary>
    public IReadOnlyList<T> Values => _values;

    /// <summary>Adds a value and redraws, unless the last drawing is too fresh.</summary>
    /// <param name="value">The new value.</param>
    public void Report(T value)
    {
        lock (_lock)
        {
            if (_disposed) return;
            _values.Add(value);
            Show();
        }
    }

    /// <summary>Shows the last state.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
            if (_values.Count > 0) Draw(isLast: true);
        }
    }

    private static Func<IReadOnlyList<T>, HtmlFigure> Figure(Func<IReadOnlyList<T>, GenericChart> draw) =>
        values => ChartHtml.ToFigure(draw(values));

    private void Show()
    {
        // On a console only the last drawing is printed.
        if (_display is null && !LiveDisplay.InNotebook) return;
        if (_throttle.Pass()) Draw(isLast: false);
    }

    private void Draw(bool isLast)
    {
        var figure = _draw(_values);
        if (_display is null) _display = LiveDisplay.Show(figure);
        else if (isLast) _display.Close(figure);
        else _display.Update(figure);
    }
}
