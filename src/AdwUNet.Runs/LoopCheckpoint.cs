using System.Diagnostics;
using AdwUNet.Training;
using static TorchSharp.torch;

namespace AdwUNet.Runs;

/// <summary>The checkpoint of one loop: when it is due, and whether the one in the folder is still what the loop knows.</summary>
/// <typeparam name="TState">What the loop keeps besides tensors.</typeparam>
internal sealed class LoopCheckpoint<TState>(RunFolder folder)
    where TState : ILoopState
{
    /// <summary>A step of a large network takes seconds to minutes, writing its checkpoint seconds: so little is worth so much.</summary>
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromMinutes(5);

    private string? _stored;
    private string _lastGood = $"{folder.Path} holds no checkpoint yet.";
    private long _savedAt = Stopwatch.GetTimestamp();

    /// <summary>Whether a step is being made; true at its beginning means that an error ended the last one half-way.</summary>
    public bool IsInStep { get; set; }

    /// <summary>Whether the last one was written longer ago than this.</summary>
    public bool IsOlderThan(TimeSpan interval) => Stopwatch.GetElapsedTime(_savedAt) >= interval;

    /// <summary>Writes it, unless it would be worth nothing.</summary>
    /// <exception cref="NumericalException">A tensor holds a number that is not finite: the last checkpoint stays.</exception>
    public void Save(IReadOnlyDictionary<string, Tensor> tensors, TState state)
    {
        if (NumericalFinding.FirstIn(tensors.Select(pair => (pair.Key, pair.Value))) is { } bad)
        {
            IsInStep = true;
            throw Failure(NumericalFinding.OfWeight(bad), state);
        }

        folder.SaveCheckpoint(tensors, state);
        Remember(state);
    }

    /// <summary>Reads it.</summary>
    /// <exception cref="RunException">It is damaged.</exception>
    public (StoredTensors Tensors, TState State) Load()
    {
        var loaded = Checkpoint.Load<TState>(folder.CheckpointPath);
        if (loaded.State.Counts.FirstOrDefault(count => count.Value < 0) is { Name: { } name, Value: var value })
        {
            throw new RunException($"The checkpoint {folder.CheckpointPath} cannot be continued from: its state's {name} is {value}; delete the folder to start again.");
        }

        Remember(loaded.State);
        IsInStep = false;
        return (new StoredTensors(folder.CheckpointPath, loaded.Tensors), loaded.State);
    }

    /// <summary>What to throw when numbers went bad.</summary>
    /// <param name="finding">What went bad first.</param>
    /// <param name="state">Where the loop is.</param>
    /// <param name="inValidation">Whether it was the validation at the epoch's end.</param>
    public NumericalException Failure(NumericalFinding finding, TState state, bool inValidation = false) => new(
        finding, inValidation ? "in the validation" : $"in iteration {state.Iteration}", state.Epoch, state.Iteration, _lastGood);

    /// <summary>
    /// Whether the loop must read it before it goes on: another process went on in the meantime, or an error ended the last step half-way.
    /// </summary>
    /// <exception cref="RunException">It must, and there is none.</exception>
    public bool MustLoad()
    {
        if (folder.HasCheckpoint)
        {
            return IsInStep || Checkpoint.LoadStateText(folder.CheckpointPath) != _stored;
        }

        return IsInStep ? throw new RunException($"An error ended the last step in {folder.Path} half-way; open the run again.") : false;
    }

    private void Remember(TState state)
    {
        (_stored, _savedAt) = (Checkpoint.StateText(state), Stopwatch.GetTimestamp());
        _lastGood = $"No step was made on it; {folder.Path} holds the last good checkpoint, after {state.Epoch} epochs and {state.Iteration} iterations.";
    }
}
