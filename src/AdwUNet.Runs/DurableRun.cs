using AdwUNet.Networks;
using AdwUNet.Training;
using static TorchSharp.torch;

namespace AdwUNet.Runs;

/// <summary>
/// Runs a loop in a folder so that nothing is lost: under the folder's lock, with a checkpoint after every epoch, at intervals within one and on
/// cancellation, resumed where another process left it. Explains what ended it.
/// </summary>
/// <typeparam name="TState">The loop's state.</typeparam>
/// <typeparam name="TEpoch">What an epoch gives; a line of the history.</typeparam>
internal sealed class DurableRun<TState, TEpoch>
    where TState : ILoopState
{
    /// <summary>A step of a large network takes seconds to minutes, a checkpoint takes seconds to write.</summary>
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromMinutes(5);

    private readonly RunFolder _folder;
    private readonly IResumableLoop<TState, TEpoch> _loop;
    private readonly StepMemory _memory;
    private readonly LoopCheckpoint<TState> _checkpoint;
    private readonly List<TEpoch> _history = [];
    private bool _isBehind; // the loop has gone on from an epoch whose files could not be written

    /// <summary>Opens the run, at the checkpoint where the folder has one.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="loop">The loop at its beginning.</param>
    /// <param name="memory">Explains a lack of memory.</param>
    /// <exception cref="RunException">The checkpoint or the history is damaged.</exception>
    public DurableRun(RunFolder folder, IResumableLoop<TState, TEpoch> loop, StepMemory memory)
    {
        (_folder, _loop, _memory) = (folder, loop, memory);
        _checkpoint = new(folder);
        if (folder.HasCheckpoint)
        {
            Restore();
        }
    }

    /// <summary>The epochs done so far, also those of earlier processes.</summary>
    public IReadOnlyList<TEpoch> History => _history;

    /// <summary>How often a checkpoint is written within an epoch; that changes no result.</summary>
    public TimeSpan CheckpointInterval { get; set; } = DefaultInterval;

    /// <summary>What the run does besides with an epoch, before the epoch counts as done.</summary>
    public Action<TEpoch> OnEpoch { get; init; } = _ => { };

    /// <summary>Writes what belongs into the folder before the first step.</summary>
    public Action OnStart { get; init; } = () => { };

    /// <summary>Writes the result after the last epoch.</summary>
    public Action OnEnd { get; init; } = () => { };

    /// <summary>Runs the epochs that are left.</summary>
    public IEnumerable<TEpoch> Run(IProgress<StepProgress>? progress, CancellationToken cancellation)
    {
        using var hold = _folder.Lock();
        if (_checkpoint.MustLoad(_loop.IsInStep || _isBehind))
        {
            Restore();
        }

        OnStart();
        using var epochs = _loop.Run(AfterStep, cancellation).GetEnumerator();
        while (MoveNext(epochs, cancellation))
        {
            _isBehind = true;
            OnEpoch(epochs.Current);
            _isBehind = false;
            _history.Add(epochs.Current);
            _folder.WriteHistory(_history);
            Save();
            yield return epochs.Current;
        }

        OnEnd();

        void AfterStep(StepProgress step)
        {
            progress?.Report(step);
            if (_checkpoint.IsOlderThan(CheckpointInterval))
            {
                Save();
            }
        }
    }

    private bool MoveNext(IEnumerator<TEpoch> epochs, CancellationToken cancellation)
    {
        try
        {
            return _memory.Guard(epochs.MoveNext);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested && !_loop.IsInStep)
        {
            Save(); // a validation that was stopped is made again from its beginning
            throw;
        }
        catch (NumericalException error)
        {
            throw error.With(_checkpoint.LastGood);
        }
    }

    private void Save()
    {
        using var scope = NewDisposeScope();
        var tensors = _loop.Tensors();
        if (NumericalFinding.FirstIn(tensors.Select(pair => (pair.Key, pair.Value))) is { } bad)
        {
            _isBehind = true;
            throw new NumericalException(NumericalFinding.OfWeight(bad), _loop.State).With(_checkpoint.LastGood);
        }

        _checkpoint.Save(tensors, _loop.State);
    }

    private void Restore()
    {
        using var scope = NewDisposeScope();
        var (tensors, state) = _checkpoint.Load();
        _history.Clear();
        _history.AddRange(_folder.ReadHistory<TEpoch>(state.Epoch));
        _loop.Restore(tensors, state, _history);
        _isBehind = false;
    }
}
