using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AdwUNet.Kernel.Running;

/// <summary>
/// Counts the requests to stop (Ctrl-C or the system's request to terminate). The second one ends the cells at once; the third one ends
/// the program.
/// </summary>
internal sealed class SecondInterrupt : IDisposable
{
    /// <summary>The exit code when the cell could not finish; the same as after a kill.</summary>
    public const int EndedAtOnce = 137;

    private readonly PosixSignalRegistration[] _registrations;
    private static readonly TimeSpan SameRequest = TimeSpan.FromSeconds(1);

    private readonly Action _endCells;
    private readonly Lock _one = new();
    private int _count;
    private long? _terminatedAt;

    /// <summary>Starts to count requests to stop.</summary>
    /// <param name="endCells">Ends the cells at once.</param>
    public SecondInterrupt(Action endCells)
    {
        _endCells = endCells;
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, Count))];
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
    }

    private void Count(PosixSignalContext signal)
    {
        signal.Cancel = true;
        int count;
        lock (_one)
        {
            // `timeout` and batch systems signal the process and then its group: the same request twice.
            if (signal.Signal == PosixSignal.SIGTERM)
            {
                var isSame = _terminatedAt is { } before && Stopwatch.GetElapsedTime(before) < SameRequest;
                _terminatedAt = Stopwatch.GetTimestamp();
                if (isSame)
                    return;
            }

            count = ++_count;
        }

        if (count == 2)
            _endCells();
        else if (count > 2)
            ProcessEnd.AtOnce(EndedAtOnce);
    }
}
