using System.Runtime.ExceptionServices;
using AdwUNet.Augmentation;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using static TorchSharp.torch;

namespace AdwUNet.Sampling;

/// <summary>
/// An endless sequence of random batches, made ahead by background threads. Batch number i depends on the seed, the stream's
/// name and i alone: the number of threads does not matter, and a loader that starts at batch i continues one that stopped there.
/// </summary>
/// <remarks>
/// Used by one consumer, who owns the batches. The threads write voxels and labels into the memory that the consumer gets, or, for a GPU, into pinned
/// memory, from which each is transferred once.
/// </remarks>
public sealed class BatchLoader : IDisposable
{
    /// <summary>In the place of a number of threads: one thread, and more while the consumer waits and there are cores for them.</summary>
    public const int Automatic = -1;

    private readonly object _gate = new();
    private readonly Dictionary<long, Prepared> _ready = [];
    private readonly Stack<PatchBatch> _empty = new();
    private readonly List<Thread> _threads = [];
    private readonly Func<PatchBatch> _newBatch;
    private readonly Func<BatchComposer> _newComposer;
    private readonly Func<long, int, string> _caseOf;
    private readonly string _stream;
    private readonly Device _device;
    private readonly BatchComposer? _synchronous;
    private readonly WaitShare? _waits;
    private int _prefetch;
    private long _allocated;
    private long _nextToMake;
    private bool _stopped;

    /// <summary>Creates the loader and starts its threads.</summary>
    /// <param name="cases">Cases to draw from, all with the plan's number of channels.</param>
    /// <param name="plan">Patch, batch size, pool kernels and normalisation.</param>
    /// <param name="options">Foreground oversampling, augmentation, and what replaces the plan's sizes.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="stream">What the batches are for, such as <c>train</c>; other names give independent batches.</param>
    /// <param name="firstBatch">The number of the first batch; 0 to start, <see cref="Position"/> of an earlier loader to continue it.</param>
    /// <param name="threads">Background threads; 0 makes each batch when it is asked for; <see cref="Automatic"/> starts as many as are needed.</param>
    /// <param name="prefetch">How many batches are made ahead at most, at least 1; as many as threads where that is more and the number is automatic.</param>
    /// <param name="device">The device of the batches; the CPU when null.</param>
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
        int prefetch = 2,
        Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(cases);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfNegative(firstBatch);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, Automatic);
        ArgumentOutOfRangeException.ThrowIfLessThan(prefetch, 1);
        var (patch, batchSize) = (options.SizesOf(plan).PatchSize, options.SizesOf(plan).BatchSize);
        options.Validate(plan);
        Check(cases, plan);

        var shapes = DownsampledTargets.Shapes(patch, plan.PoolKernels);
        var sampler = new PatchSampler(cases, patch, batchSize, options.ForegroundFraction);
        (_stream, _device) = (stream, device ?? CPU);
        _newBatch = () => new(batchSize, plan.Modalities.Count, shapes, plan.Classes.Count + 1, _device);
        _caseOf = (batch, sample) => sampler.Draw(sample, new(seed, stream, batch, sample)).Case.Id;
        _newComposer = () => new(sampler, patch, new(options.Augmentation ?? AugmentationOptions.None, plan), seed, stream);

        Position = _nextToMake = _allocated = firstBatch;
        MakeAhead(prefetch);
        if (threads == 0)
        {
            _synchronous = _newComposer();
        }

        if (threads == Automatic)
        {
            (_waits, threads) = (new(), 1);
        }

        for (var i = 0; i < threads; i++)
        {
            StartThread();
        }
    }

    /// <summary>The number of the batch that <see cref="Next"/> gives next; a run keeps it to continue from there.</summary>
    public long Position { get; private set; }

    /// <summary>The number of background threads now.</summary>
    public int Threads => _threads.Count;

    /// <summary>The next batch, on the loader's device; waits until it is made.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The batch; the caller disposes it.</returns>
    /// <exception cref="SamplingException">The batch could not be made; asking again gives the same error.</exception>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    /// <exception cref="ObjectDisposedException">The loader was disposed.</exception>
    public Batch Next(CancellationToken cancellation = default)
    {
        if (_waits is null)
        {
            return Take(cancellation).MoveTo(_device);
        }

        _waits.Begin();
        var batch = Take(cancellation);
        if (_waits.EndAndAsk(_threads.Count))
        {
            MakeAhead(Math.Max(_prefetch, _threads.Count + 1));
            StartThread();
        }

        return batch.MoveTo(_device);
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
            Monitor.PulseAll(_gate);
        }

        foreach (var thread in _threads)
        {
            thread.Join();
        }

        foreach (var batch in _ready.Values.Select(prepared => prepared.Batch).OfType<PatchBatch>().Concat(_empty))
        {
            batch.Dispose();
        }

        _ready.Clear();
        _empty.Clear();
    }

    private PatchBatch Take(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_stopped, this);
        if (_synchronous is not null)
        {
            var batch = Filled(_synchronous, Position);
            Position++;
            MakeAhead(_prefetch);
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
            MakeAhead(_prefetch);
            Monitor.PulseAll(_gate);
            return prepared.Batch!;
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

    private void StartThread()
    {
        var composer = _newComposer();
        var thread = new Thread(() => Work(composer)) { IsBackground = true, Name = $"batch loader {_stream} {_threads.Count}" };
        _threads.Add(thread);
        thread.Start();
    }

    /// <summary>
    /// Lets the threads make this many batches ahead. The consumer's thread allocates the memory of each, which takes no time before it is written;
    /// pinned memory does, and is left to the threads.
    /// </summary>
    private void MakeAhead(int batches)
    {
        lock (_gate)
        {
            _prefetch = batches;
            while (_device.type == TorchSharp.DeviceType.CPU && _allocated < Position + batches)
            {
                _empty.Push(_newBatch());
                _allocated++;
            }
        }
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

        return _newBatch();
    }

    private PatchBatch Filled(BatchComposer composer, long index)
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
            return new(Filled(composer, index), null);
        }
        catch (Exception error)
        {
            // Whatever it was belongs to the consumer, not to this thread.
            return new(null, ExceptionDispatchInfo.Capture(error));
        }
    }

    private readonly record struct Prepared(PatchBatch? Batch, ExceptionDispatchInfo? Error);
}
