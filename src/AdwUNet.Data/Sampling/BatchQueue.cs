using System.Runtime.ExceptionServices;

namespace AdwUNet.Sampling;

/// <summary>Batches in the order of their numbers. Background threads make them ahead; without threads, each is made when it is taken.</summary>
/// <param name="memory">The memory of the batches; disposed with the queue.</param>
/// <param name="newComposer">Makes what draws and writes batches, one for each thread.</param>
/// <param name="name">The name of the threads.</param>
/// <param name="first">The number of the first batch.</param>
internal sealed class BatchQueue(BatchMemory memory, Func<BatchComposer> newComposer, string name, long first) : IDisposable
{
    private readonly object _gate = new();
    private readonly Dictionary<long, Prepared> _ready = [];
    private readonly List<Thread> _threads = [];
    private readonly Lazy<BatchComposer> _synchronous = new(newComposer);
    private int _prefetch;
    private long _nextToMake = first;
    private bool _stopped;

    /// <summary>The number of the batch that is taken next.</summary>
    public long Position { get; private set; } = first;

    /// <summary>The number of threads.</summary>
    public int Threads => _threads.Count;

    /// <summary>Lets the threads make this many batches ahead, if that is more than before. Called by the consumer.</summary>
    public void MakeAhead(int batches)
    {
        lock (_gate)
        {
            _prefetch = Math.Max(_prefetch, batches);
            memory.AllocateUpTo(Position + _prefetch);
        }
    }

    /// <summary>Starts a thread.</summary>
    public void StartThread()
    {
        var composer = newComposer();
        var thread = new Thread(() => Work(composer)) { IsBackground = true, Name = $"{name} {_threads.Count}" };
        _threads.Add(thread);
        thread.Start();
    }

    /// <summary>Takes the next batch; waits until it is made.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    public PatchBatch Take(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_stopped, typeof(BatchLoader));
        if (_threads.Count == 0)
        {
            var batch = memory.Filled(_synchronous.Value, Position);
            Advance();
            return batch;
        }

        using var wake = cancellation.Register(() =>
        {
            lock (_gate)
            {
                Monitor.PulseAll(_gate);
            }
        });
        lock (_gate)
        {
            Prepared prepared;
            while (!_ready.TryGetValue(Position, out prepared))
            {
                cancellation.ThrowIfCancellationRequested();
                ObjectDisposedException.ThrowIf(_stopped, typeof(BatchLoader));
                Monitor.Wait(_gate);
            }

            prepared.Error?.Throw();
            _ready.Remove(Position);
            Advance();
            return prepared.Batch!;
        }
    }

    /// <summary>Stops the threads and drops what they made.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopped = true;
            Monitor.PulseAll(_gate);
        }

        foreach (var thread in _threads)
        {
            thread.Join();
        }

        foreach (var prepared in _ready.Values)
        {
            prepared.Batch?.Dispose();
        }

        _ready.Clear();
        memory.Dispose();
    }

    private void Advance()
    {
        lock (_gate)
        {
            Position++;
            memory.AllocateUpTo(Position + _prefetch);
            Monitor.PulseAll(_gate);
        }
    }

    private void Work(BatchComposer composer)
    {
        while (true)
        {
            long index;
            lock (_gate)
            {
                while (!_stopped && _nextToMake >= Position + _prefetch)
                {
                    Monitor.Wait(_gate);
                }

                if (_stopped)
                {
                    return;
                }

                index = _nextToMake++;
            }

            var prepared = Prepare(composer, index);
            lock (_gate)
            {
                _ready.Add(index, prepared);
                Monitor.PulseAll(_gate);
            }
        }
    }

    private Prepared Prepare(BatchComposer composer, long index)
    {
        try
        {
            return new(memory.Filled(composer, index), null);
        }
        catch (Exception error)
        {
            // Whatever it was belongs to the consumer, not to this thread.
            return new(null, ExceptionDispatchInfo.Capture(error));
        }
    }

    private readonly record struct Prepared(PatchBatch? Batch, ExceptionDispatchInfo? Error);
}
