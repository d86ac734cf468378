using AdwUNet.Scheduling;

namespace AdwUNet.Interactive;

/// <summary>The state of a grid below the running cell, replaced with every state reported. Dispose it to show the last state.</summary>
/// <remarks>Replaced at most twice a second. Outside a notebook only the last state is printed.</remarks>
public sealed class LiveStatus : IProgress<GridStatus>, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Throttle _throttle;
    private ILiveDisplay? _display;
    private GridStatus? _last;
    private bool _disposed;

    /// <summary>Shows nothing until a state is reported.</summary>
    public LiveStatus()
        : this(TimeProvider.System)
    {
    }

    internal LiveStatus(TimeProvider time) => _throttle = new Throttle(Throttle.Display, time);

    /// <summary>Shows a state, unless the last one is too fresh.</summary>
    /// <param name="value">The new state.</param>
    public void Report(GridStatus value)
    {
        lock (_lock)
        {
            _last = value;
            if (_disposed || (_display is null && !LiveDisplay.InNotebook) || !_throttle.Pass()) return;
            var figure = StatusDisplay.Of(value);
            if (_display is null) _display = LiveDisplay.Show(figure);
            else _display.Update(figure);
        }
    }

    /// <summary>Shows the last state.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed || _last is null) return;
            _disposed = true;
            var figure = StatusDisplay.Of(_last);
            if (_display is null) _display = LiveDisplay.Show(figure);
            else _display.Close(figure);
        }
    }
}
