using System.Diagnostics;

namespace AdwUNet.Sampling;

/// <summary>Decides when a loader needs another thread: the share of the time in which its consumer waits, and the processor's cores.</summary>
/// <param name="cores">The cores of this machine when null.</param>
/// <param name="clock">A clock in seconds; the system's when null.</param>
internal sealed class WaitShare(int? cores = null, Func<double>? clock = null)
{
    // A step that waits less than this share of its time is not held up by its loader.
    private const double Tolerated = 0.03;

    // Calls after a thread was started that do not count: its first batches are not made yet.
    private const int Settling = 4;
    private const int Window = 8;

    private readonly int _most = Math.Max(1, (cores ?? Environment.ProcessorCount) - 1); // one core drives the device
    private readonly Func<double> _now = clock ?? (() => Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency);
    private double _began;
    private double _windowBegan;
    private double _waited;
    private int _calls;

    /// <summary>The consumer asks for a batch.</summary>
    public void Begin()
    {
        _began = _now();
        if (_calls == Settling)
        {
            (_windowBegan, _waited) = (_began, 0);
        }
    }

    /// <summary>The consumer has its batch.</summary>
    /// <param name="threads">Threads that run.</param>
    /// <returns>Whether another thread is worth while.</returns>
    public bool EndAndAsk(int threads)
    {
        var now = _now();
        _waited += now - _began;
        if (++_calls < Settling + Window)
        {
            return false;
        }

        _calls = 0;
        return threads < _most && _waited > Tolerated * (now - _windowBegan);
    }
}
