namespace AdwUNet.Planning;

/// <summary>Limits the memory of concurrent work: each piece of work waits until enough is free. A piece that needs more than the budget runs alone.</summary>
/// <param name="limit">Bytes.</param>
internal sealed class MemoryBudget(long limit)
{
    private readonly object _gate = new();
    private long _taken;

    /// <summary>Does a piece of work when there is memory for it.</summary>
    /// <param name="bytes">What it needs.</param>
    /// <param name="work">The piece.</param>
    public void Run(long bytes, Action work)
    {
        lock (_gate)
        {
            while (_taken > 0 && _taken + bytes > limit)
            {
                Monitor.Wait(_gate);
            }

            _taken += bytes;
        }

        try
        {
            work();
        }
        finally
        {
            lock (_gate)
            {
                _taken -= bytes;
                Monitor.PulseAll(_gate);
            }
        }
    }
}
