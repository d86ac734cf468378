namespace AdwUNet.Sampling;

/// <summary>The memory of the batches that are made next. Thread-safe.</summary>
/// <param name="allocate">Allocates a batch.</param>
/// <param name="isAhead">
/// Whether the consumer's thread allocates it, which takes no time before it is written. That of pinned memory does, and is left to the threads.
/// </param>
/// <param name="first">The number of the first batch.</param>
internal sealed class BatchMemory(Func<PatchBatch> allocate, bool isAhead, long first) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Stack<PatchBatch> _empty = new();
    private long _allocated = first;

    /// <summary>Allocates what is needed up to a batch.</summary>
    /// <param name="end">The number behind the last batch.</param>
    public void AllocateUpTo(long end)
    {
        lock (_gate)
        {
            for (; isAhead && _allocated < end; _allocated++)
            {
                _empty.Push(allocate());
            }
        }
    }

    /// <summary>Makes a batch.</summary>
    /// <param name="composer">Draws and writes it.</param>
    /// <param name="index">Its number.</param>
    public PatchBatch Filled(BatchComposer composer, long index)
    {
        var batch = Empty();
        try
        {
            composer.Fill(batch, index);
            return batch;
        }
        catch
        {
            lock (_gate)
            {
                _empty.Push(batch);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var batch in _empty)
        {
            batch.Dispose();
        }

        _empty.Clear();
    }

    private PatchBatch Empty()
    {
        lock (_gate)
        {
            if (_empty.TryPop(out var batch))
            {
                return batch;
            }
        }

        return allocate();
    }
}
