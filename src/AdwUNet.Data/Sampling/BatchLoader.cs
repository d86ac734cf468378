using System.Runtime.ExceptionServices;
using AdwUNet.Augmentation;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;

namespace AdwUNet.Sampling;

/// <summary>
/// An endless sequence of random batches, made ahead by background threads. Batch number i depends on the seed, the stream's
/// name and i alone: the number of threads does not matter, and a loader that starts at batch i continues one that stopped there.
/// </summary>
/// <remarks>
/// Used by one consumer, who owns the batches and moves them to its device. Ahead of the consumer batches wait in managed memory,
/// so disposing the loader leaves no tensor behind.
/// </remarks>
public sealed class BatchLoader : IDisposable
{
    private readonly object _gate = new();
    private readonly Dictionary<long, Prepared> _ready = [];
    private readonly Stack<PatchBatch> _spare = new();
    private readonly List<Thread> _threads = [];
    private readonly Func<PatchBatch> _newBatch;
    private readonly Func<long, int, string> _caseOf;
    private readonly BatchComposer? _synchronous;
    private readonly int _prefetch;
    private long _nextToMake;
    private bool _stopped;

    /// <summary>Creates the loader and starts its threads.</summary>
    /// <param name="cases">Cases to draw from, all with the plan's number of channels.</param>
    /// <param name="plan">Patch, batch size, pool kernels and normalisation.</param>
    /// <param name="options">Foreground oversampling, augmentation, and what replaces the plan's sizes.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="stream">What the batches are for, such as <c>train</c>; other names give independent batches.</param>
    /// <param name="firstBatch">The number of the first batch; 0 to start, <see cref="Position"/> of an earlier loader to continue it.</param>
    /// <param name="threads">Background threads; 0 makes each batch when it is asked for.</param>
    /// <param name="prefetch">How many batches are made ahead at most, at least 1.</param>
    /// <exception cref="SamplingException">There are no cases, a case does not fit the plan, or an option is out of range.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public BatchLoader(
        IReadOnlyList<IPreprocessedCase> cases,
        Plan plan,
        SamplingOptions options,
        ulong seed,
        string stream,
        long firstBatch = 0,
        int threads = 1,
        int prefetch = 2)
    {
        ArgumentNullException.ThrowIfNull(cases);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfNegative(firstBatch);
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        ArgumentOutOfRangeException.ThrowIfLessThan(prefetch, 1);
        var (patch, batchSize) = (options.SizesOf(plan).PatchSize, options.SizesOf(plan).BatchSize);
        options.Validate(plan);
        Check(cases, plan);

        var shapes = DownsampledTargets.Shapes(patch, plan.PoolKernels);
        var sampler = new PatchSampler(cases, patch, batchSize, options.ForegroundFraction);
        _newBatch = () => new(batchSize, plan.Modalities.Count, shapes);
        _caseOf = (batch, sample) => sampler.Draw(sample, new(seed, stream, batch, sample)).Case.Id;
        BatchComposer NewComposer() =>
            new(sampler, patch, new(options.Augmentation ?? AugmentationOptions.None, plan), seed, stream);

        _prefetch = prefetch;
        Position = _nextToMake = firstBatch;
        if (threads == 0)
        {
            _synchronous = NewComposer();
        }

        for (var i = 0; i < threads; i++)
        {
            var composer = NewComposer();
            var thread = new Thread(() => Work(composer)) { IsBackground = true, Name = $"batch loader {stream} {i}" };
            _threads.Add(thread);
            thread.Start();
        }
    }

    /// <summary>The number of the batch that <see cref="Next"/> gives next; a run keeps it to continue from there.</summary>
    public long Position { get; private set; }

    /// <summary>The next batch, on the CPU; waits until it is made.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The batch; the caller disposes it.</returns>
    /// <exception cref="SamplingException">The batch could not be made; asking again gives the same error.</exception>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    /// <exception cref="ObjectDisposedException">The loader was disposed.</exception>
    public Batch Next(CancellationToken cancellation = default)
    {
        var arrays = NextArrays(cancellation);
        var batch = arrays.ToTensors();
        Recycle(arrays);
        return batch;
    }

    /// <summary>The id of the case from which a sample is taken.</summary>
    /// <param name="batch">The batch's number.</param>
    /// <param name="sample">The sample's index in it.</param>
    public string CaseOf(long batch, int sample) => _caseOf(batch, sample);

    /// <summary>Stops the threads and drops what they made.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopped = true;
            _ready.Clear();
            _spare.Clear();
            Monitor.PulseAll(_gate);
        }

        foreach (var thread in _threads)
        {
            thread.Join();
        }
    }

    /// <summary>The next batch in arrays, which <see cref="Recycle"/> takes back.</summary>
    internal PatchBatch NextArrays(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_stopped, this);
        if (_synchronous is not null)
        {
            var batch = RentBatch();
            _synchronous.Fill(batch, Position);
            Position++;
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
                ObjectDisposedException.ThrowIf(_stopped, this);
                Monitor.Wait(_gate);
            }

            prepared.Error?.Throw();
            _ready.Remove(Position);
            Position++;
            Monitor.PulseAll(_gate);
            return prepared.Batch!;
        }
    }

    /// <summary>Takes back the memory of a batch.</summary>
    internal void Recycle(PatchBatch batch)
    {
        lock (_gate)
        {
            if (!_stopped)
            {
                _spare.Push(batch);
            }
        }
    }

    private static void Check(IReadOnlyList<IPreprocessedCase> cases, Plan plan)
    {
        if (cases.Count == 0)
        {
            throw new SamplingException($"There are no cases of {plan.Dataset} to draw batches from; give at least one.");
        }

        foreach (var item in cases)
        {
            if (item.Channels != plan.Modalities.Count)
            {
                throw new SamplingException(
                    $"The case {item.Id} has {item.Channels} channels where the plan of {plan.Dataset} has {plan.Modalities.Count}; preprocess it with this plan.");
            }

            if (item.Shape.Count == 0)
            {
                throw new SamplingException($"The case {item.Id} has no voxels ({item.Shape}); preprocess it again.");
            }
        }
    }

    private PatchBatch RentBatch()
    {
        lock (_gate)
        {
            if (_spare.TryPop(out var batch))
            {
                return batch;
            }
        }

        return _newBatch();
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
                if (_stopped)
                {
                    return;
                }

                _ready.Add(index, prepared);
                Monitor.PulseAll(_gate);
            }
        }
    }

    private Prepared Prepare(BatchComposer composer, long index)
    {
        try
        {
            var batch = RentBatch();
            composer.Fill(batch, index);
            return new(batch, null);
        }
        catch (Exception error)
        {
            // Whatever it was belongs to the consumer, not to this thread.
            return new(null, ExceptionDispatchInfo.Capture(error));
        }
    }

    private readonly record struct Prepared(PatchBatch? Batch, ExceptionDispatchInfo? Error);
}
