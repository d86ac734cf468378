using System.Diagnostics;
using static TorchSharp.torch;

namespace AdwUNet.Training;

/// <summary>The checkpoint of one loop: when it is due, and whether the one in the folder is still what the loop knows.</summary>
/// <typeparam name="TState">What the loop keeps besides tensors.</typeparam>
internal sealed class LoopCheckpoint<TState>(RunFolder folder)
{
    /// <summary>A step of a large network takes seconds to minutes, writing its checkpoint seconds: so little is worth so much.</summary>
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromMinutes(5);

    private string? _stored;
    private long _savedAt = Stopwatch.GetTimestamp();

    /// <summary>Whether a step is being made; true at its beginning means that an error ended the last one half-way.</summary>
    public bool IsInStep { get; set; }

    /// <summary>Whether the last one was written longer ago than this.</summary>
    public bool IsOlderThan(TimeSpan interval) => Stopwatch.GetElapsedTime(_savedAt) >= interval;

    /// <summary>Writes it.</summary>
    public void Save(IReadOnlyDictionary<string, Tensor> tensors, TState state)
    {
        folder.SaveCheckpoint(tensors, state);
        (_stored, _savedAt) = (Checkpoint.StateText(state), Stopwatch.GetTimestamp());
    }

    /// <summary>Reads it.</summary>
    /// <exception cref="RunException">It is damaged.</exception>
    public (Dictionary<string, Tensor> Tensors, TState State) Load()
    {
        var loaded = Checkpoint.Load<TState>(folder.CheckpointPath);
        (_stored, _savedAt) = (Checkpoint.StateText(loaded.State), Stopwatch.GetTimestamp());
        IsInStep = false;
        return loaded;
    }

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
}
