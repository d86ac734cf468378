using System.Diagnostics;
using AdwUNet.Training;
using static TorchSharp.torch;

namespace AdwUNet.Runs;

/// <summary>The checkpoint of one loop: when it is due, and whether the one in the folder is still what the loop knows.</summary>
/// <typeparam name="TState">What the loop keeps besides tensors.</typeparam>
internal sealed class LoopCheckpoint<TState>(RunFolder folder)
    where TState : ILoopState
{
    private string? _stored;
    private long _savedAt = Stopwatch.GetTimestamp();

    /// <summary>A sentence that says which checkpoint is there.</summary>
    public string LastGood { get; private set; } = $"{folder.Path} holds no checkpoint yet.";

    /// <summary>Whether the last one was written longer ago than this.</summary>
    public bool IsOlderThan(TimeSpan interval) => Stopwatch.GetElapsedTime(_savedAt) >= interval;

    /// <summary>Writes it.</summary>
    public void Save(IReadOnlyDictionary<string, Tensor> tensors, TState state)
    {
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
        return (new StoredTensors(folder.CheckpointPath, loaded.Tensors), loaded.State);
    }

    /// <summary>
    /// Whether the loop must read it before it resumes: another process went on in the meantime, or the loop is in no state to resume from.
    /// </summary>
    /// <param name="isBroken">Whether an error ended the loop's last step half-way.</param>
    /// <exception cref="RunException">It must, and there is none.</exception>
    public bool MustLoad(bool isBroken)
    {
        if (folder.HasCheckpoint)
        {
            return isBroken || Checkpoint.LoadStateText(folder.CheckpointPath) != _stored;
        }

        return isBroken ? throw new RunException($"An error ended the last step in {folder.Path} half-way; open the run again.") : false;
    }

    private void Remember(TState state)
    {
        (_stored, _savedAt) = (Checkpoint.StateText(state), Stopwatch.GetTimestamp());
        LastGood = $"No step was made on it; {folder.Path} holds the last good checkpoint, after {state.Epoch} epochs and {state.Iteration} iterations.";
    }
}
