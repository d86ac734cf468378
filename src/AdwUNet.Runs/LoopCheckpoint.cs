using System.Diagnostics;
using AdwUNet.Storage;
using AdwUNet.Training;
using static TorchSharp.torch;

namespace AdwUNet.Runs;

/// <summary>The checkpoint of one loop: when the next one is due, and whether the one in the folder still matches the loop.</summary>
/// <typeparam name="TState">The state of the loop, without its tensors.</typeparam>
internal sealed class LoopCheckpoint<TState>(RunFolder folder)
    where TState : ILoopState
{
    private string? _stored;
    private long _savedAt = Stopwatch.GetTimestamp();

    /// <summary>A sentence for errors that says which checkpoint is the last good one.</summary>
    public string LastGood { get; private set; } = $"{folder.Path} holds no checkpoint yet.";

    /// <summary>Whether the last checkpoint is older than this.</summary>
    public bool IsOlderThan(TimeSpan interval) => Stopwatch.GetElapsedTime(_savedAt) >= interval;

    /// <summary>Writes the checkpoint.</summary>
    public void Save(IReadOnlyDictionary<string, Tensor> tensors, TState state)
    {
        folder.SaveCheckpoint(tensors, state);
        Remember(state);
    }

    /// <summary>Reads the checkpoint.</summary>
    /// <exception cref="RunException">The checkpoint is damaged.</exception>
    public (StoredTensors Tensors, TState State) Load()
    {
        var loaded = Checkpoint.Load<TState>(folder.CheckpointPath);
        if (loaded.State.Counts.FirstOrDefault(count => count.Value < 0) is { Name: { } name, Value: var value })
        {
            throw new RunException($"The checkpoint {folder.CheckpointPath} cannot be resumed from: its state's {name} is {value}; move the folder away to start again.");
        }

        Remember(loaded.State);
        return (new StoredTensors(folder.CheckpointPath, loaded.Tensors), loaded.State);
    }

    /// <summary>
    /// Whether the loop must load the checkpoint before it resumes, because another process continued the run or an error interrupted a step.
    /// </summary>
    /// <param name="isBroken">Whether an error interrupted the loop's last step.</param>
    /// <exception cref="RunException">The loop must load a checkpoint, and there is none.</exception>
    public bool MustLoad(bool isBroken)
    {
        if (folder.HasCheckpoint)
        {
            return isBroken || Checkpoint.LoadStateText(folder.CheckpointPath) != _stored;
        }

        return isBroken ? throw new RunException($"An error interrupted the last step in {folder.Path}; open the run again.") : false;
    }

    private void Remember(TState state)
    {
        (_stored, _savedAt) = (Checkpoint.StateText(state), Stopwatch.GetTimestamp());
        LastGood = $"No step was made on it; {folder.Path} holds the last good checkpoint, after {state.Epoch} epochs and {state.Iteration} iterations.";
    }
}
