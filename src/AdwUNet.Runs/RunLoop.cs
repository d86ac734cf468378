using AdwUNet.Networks;
using AdwUNet.Training;
using static TorchSharp.torch;

namespace AdwUNet.Runs;

/// <summary>
/// Runs a loop durably in a folder. It holds the folder's lock, writes a checkpoint after every epoch, at intervals within an epoch and on
/// cancellation, and resumes from the checkpoint of an earlier process. Its errors say which checkpoint is the last good one.
/// </summary>
/// <typeparam name="TState">The loop's state.</typeparam>
/// <typeparam name="TEpoch">The record of an epoch; one line of the history.</typeparam>
internal sealed class RunLoop<TState, TEpoch>
    where TState : ILoopState
{
    /// <summary>Writing a checkpoint takes seconds; a step of a large network takes seconds to minutes.</summary>
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromMinutes(5);

    private readonly RunFolder _folder;
    private readonly IResumableLoop<TState, TEpoch> _loop;
    private readonly StepMemory _memory;
    private readonly LoopCheckpoint<TState> _checkpoint;
    private readonly List<TEpoch> _history = [];
    private bool _isBehind; // the loop is ahead of the files in the folder, because writing them failed

    /// <summary>Opens the run, and restores the checkpoint if the folder has one.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="loop">The new loop.</param>
    /// <param name="memory">Turns a lack of memory into an error that says what would fit.</param>
    /// <param name="result">The file that the run writes at its end.</param>
    /// <param name="epochs">The number of epochs.</param>
    /// <exception cref="RunException">The checkpoint or the history is damaged.</exception>
    public RunLoop(RunFolder folder, IResumableLoop<TState, TEpoch> loop, StepMemory memory, string result, int epochs)
    {
        (_folder, _loop, _memory) = (folder, loop, memory);
        _checkpoint = new(folder);
        if (folder.HasCheckpoint)
        {
            try
            {
                Restore();
                return;
            }
            catch (AdwUNetException error)
            {
                LostCheckpoint = error.Message.Split("; delete")[0].TrimEnd('.');
                if (!ReadResult(result, epochs)) throw;
            }
        }
        else if (ReadResult(result, epochs))
        {
            LostCheckpoint = $"{folder.CheckpointPath} is missing";
        }
    }

    /// <summary>Why a finished run has only its history and its result, as the start of a sentence; null if it has its checkpoint too.</summary>
    public string? LostCheckpoint { get; private set; }

    /// <summary>The completed epochs, also those of earlier processes.</summary>
    public IReadOnlyList<TEpoch> History => _history;

    /// <summary>The time between checkpoints within an epoch. It does not change the results.</summary>
    public TimeSpan CheckpointInterval { get; set; } = DefaultInterval;

    /// <summary>Called with each epoch before it is added to the history.</summary>
    public Action<TEpoch> OnEpoch { get; init; } = _ => { };

    /// <summary>Called before the first step; writes the files that describe the run.</summary>
    public Action OnStart { get; init; } = () => { };

    /// <summary>Called after the last epoch; writes the result.</summary>
    public Action OnEnd { get; init; } = () => { };

    /// <summary>Runs the remaining epochs.</summary>
    public IEnumerable<TEpoch> Run(IProgress<StepProgress>? progress, CancellationToken cancellation)
    {
        using var hold = _folder.Lock();
        if (_checkpoint.MustLoad(_loop.IsInStep || _isBehind))
        {
            Restore();
        }

        if (_history.Count > 0)
        {
            _folder.WriteHistory(_history); // an epoch may be missing there: the disk was full when it ended
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

    /// <summary>Reads the history of a finished run, which needs no checkpoint.</summary>
    private bool ReadResult(string result, int epochs)
    {
        _history.Clear();
        if (!File.Exists(result) || _folder.ReadHistory<TEpoch>() is not { } history || history.Count < epochs) return false;
        _history.AddRange(history);
        return true;
    }

    private bool MoveNext(IEnumerator<TEpoch> epochs, CancellationToken cancellation)
    {
        try
        {
            return _memory.Guard(epochs.MoveNext);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested && !_loop.IsInStep)
        {
            Save(); // a resumed run repeats an interrupted validation from its start
            throw;
        }
        catch (NumericalException error)
        {
            _isBehind = true; // on a GPU, the loop may have gone on before it knew
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
