using AdwUNet.Augmentation;
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

    private readonly BatchQueue _queue;
    private readonly Func<long, int, string> _caseOf;
    private readonly Device _device;
    private readonly WaitShare? _waits;

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
        SamplingCheck.Require(cases, plan);

        var shapes = DownsampledTargets.Shapes(patch, plan.PoolKernels);
        var sampler = new PatchSampler(cases, patch, batchSize, options.ForegroundFraction);
        _device = device ?? CPU;
        _caseOf = (batch, sample) => sampler.Draw(sample, new(seed, stream, batch, sample)).Case.Id;
        _queue = new(
            new(() => new(batchSize, plan.Modalities.Count, shapes, plan.Classes.Count + 1, _device), isAhead: _device.type == TorchSharp.DeviceType.CPU, firstBatch),
            () => new(sampler, patch, new(options.Augmentation ?? AugmentationOptions.None, plan), seed, stream),
            $"batch loader {stream}",
            firstBatch);
        _queue.MakeAhead(prefetch);
        if (threads == Automatic)
        {
            (_waits, threads) = (new(), 1);
        }

        for (var i = 0; i < threads; i++)
        {
            _queue.StartThread();
        }
    }

    /// <summary>The number of the batch that <see cref="Next"/> gives next; a run keeps it to continue from there.</summary>
    public long Position => _queue.Position;

    /// <summary>The number of background threads now.</summary>
    public int Threads => _queue.Threads;

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
            return _queue.Take(cancellation).MoveTo(_device);
        }

        _waits.Begin();
        var batch = _queue.Take(cancellation);
        if (_waits.EndAndAsk(_queue.Threads))
        {
            _queue.MakeAhead(_queue.Threads + 1);
            _queue.StartThread();
        }

        return batch.MoveTo(_device);
    }

    /// <summary>The id of the case from which a sample is taken.</summary>
    /// <param name="batch">The batch's number.</param>
    /// <param name="sample">The sample's index in it.</param>
    public string CaseOf(long batch, int sample) => _caseOf(batch, sample);

    /// <summary>Stops the threads and drops what they made.</summary>
    public void Dispose() => _queue.Dispose();
}
