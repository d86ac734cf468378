using AdwUNet.Networks;
using AdwUNet.Storage;
using AdwUNet.Training;
using static TorchSharp.torch;

namespace AdwUNet.Runs;

/// <summary>
/// The folder of a search or a training: <c>config.json</c> (every option, a hash of every case), <c>history.jsonl</c> (a line per epoch), <c>timing.jsonl</c> (how long
/// each took), <c>checkpoint.safetensors</c>, and while a process works in it <c>run.lock</c>. A run resumes from its folder alone.
/// </summary>
public sealed class RunFolder
{
    private RunLock? _lock;

    /// <summary>Creates the folder if it does not exist.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="StorageException">The folder cannot be created.</exception>
    public RunFolder(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        FolderEntry.Create(Path);
    }

    /// <summary>The folder's full path.</summary>
    public string Path { get; }

    /// <summary>The full path of a file in it.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>The checkpoint's path.</summary>
    public string CheckpointPath => File("checkpoint.safetensors");

    /// <summary>
    /// A sentence if the run resumes with another arithmetic than it started with, such as when <see cref="Precision.Auto"/> selected
    /// bfloat16 then and float32 now; else null.
    /// </summary>
    public string? ArithmeticChange { get; private set; }

    /// <summary>Whether there is a checkpoint to resume from.</summary>
    internal bool HasCheckpoint => System.IO.File.Exists(CheckpointPath);

    internal string ConfigPath => File("config.json");

    /// <summary>
    /// Writes the configuration, or checks that the existing one is equal, except for its entries about software and machine.
    /// </summary>
    /// <param name="config">Every option that affects the results.</param>
    /// <param name="device">The device.</param>
    /// <param name="arithmetic">How the network computes there.</param>
    /// <exception cref="RunException">The folder contains a run with another configuration or on other cases, or another process has locked it.</exception>
    /// <exception cref="StorageException">The folder is not writable.</exception>
    public void UseConfig(object config, Device device, Arithmetic arithmetic)
    {
        var wanted = RunConfig.Complete(config, device, arithmetic);
        RunLock.RequireFree(Path);
        if (!System.IO.File.Exists(ConfigPath))
        {
            using (RunLock.Take(Path))
            {
                if (!System.IO.File.Exists(ConfigPath))
                {
                    AtomicFile.WriteText(ConfigPath, wanted.ToJsonString(JsonFile.Options) + "\n");
                    return;
                }
            }
        }

        var present = RunConfig.Parse(ConfigPath);
        CaseContent.RequireSame(Path, CaseContent.In(present), CaseContent.In(wanted));
        if (RunConfig.Difference(present, wanted) is (var name, var there, var here))
        {
            throw new RunException(
                $"{Path} holds a run with another setting: {name} is {there} there and {here} here; choose another run name, or move the folder away.");
        }

        ArithmeticChange = RunConfig.OtherArithmetic(present, wanted) is (var before, var now)
            ? $"{Path} started with {before} and resumes with {now}, so that its results will not be identical "
                + $"to those of an uninterrupted run; for identical results, start a new run in another folder."
            : null;
    }

    /// <summary>The content hashes of the run's cases; none if it did not start yet.</summary>
    /// <exception cref="RunException">The configuration is damaged.</exception>
    internal IReadOnlyDictionary<string, string?> Content => System.IO.File.Exists(ConfigPath) ? CaseContent.In(RunConfig.Parse(ConfigPath)) : CaseContent.Of();

    /// <summary>Locks the folder for this process until the result is disposed. Every write of the run needs this lock.</summary>
    /// <exception cref="RunException">Another process has locked the folder.</exception>
    /// <exception cref="StorageException">The folder is not writable.</exception>
    internal RunLock Lock() => _lock = RunLock.Take(Path);

    /// <summary>The epochs written so far.</summary>
    /// <typeparam name="T">The record of one epoch.</typeparam>
    /// <exception cref="RunException">A line is damaged.</exception>
    public IReadOnlyList<T> ReadHistory<T>() => RunHistory.Read<T>(this);

    /// <summary>The epochs before a checkpoint.</summary>
    /// <exception cref="RunException">A line is damaged, or there are fewer.</exception>
    internal IEnumerable<T> ReadHistory<T>(int epochs)
    {
        // The history may have one line more, because it is written just before the checkpoint.
        var history = ReadHistory<T>();
        return history.Count >= epochs
            ? history.Take(epochs)
            : throw new RunException(
                $"{Path} holds a checkpoint after {epochs} epochs and a history of {history.Count}; move the folder away to start again.");
    }

    /// <summary>Replaces the history.</summary>
    /// <typeparam name="T">The record of one epoch, with <c>Epoch</c> and <c>Seconds</c>.</typeparam>
    /// <param name="epochs">All epochs.</param>
    /// <exception cref="StorageException">The file cannot be written; the old one is intact.</exception>
    public void WriteHistory<T>(IEnumerable<T> epochs)
    {
        RequireOwn();
        RunHistory.Write(this, epochs);
    }

    /// <summary>Replaces the checkpoint.</summary>
    /// <exception cref="RunException">Another process has taken the folder over.</exception>
    /// <exception cref="StorageException">The file cannot be written; the old one is intact.</exception>
    internal void SaveCheckpoint<TState>(IReadOnlyDictionary<string, Tensor> tensors, TState state)
    {
        RequireOwn();
        Checkpoint.Save(CheckpointPath, tensors, state);
    }

    /// <summary>The same for tensors in any memory.</summary>
    internal void SaveCheckpoint<TState>(IEnumerable<SafetensorsContent> contents, TState state)
    {
        RequireOwn();
        Checkpoint.Save(CheckpointPath, contents, state);
    }

    /// <summary>Checks before every write that this process still holds the lock and that the folder is still the same one.</summary>
    private void RequireOwn()
    {
        if (_lock is not { IsHeld: true })
        {
            return;
        }

        // After a disk was unmounted, an empty folder of the same name may remain.
        if (Directory.Exists(Path) && !System.IO.File.Exists(ConfigPath))
        {
            throw new RunException($"{Path} no longer holds the run: its config.json is gone; restore the folder and run again.");
        }

        _lock.RequireHeld();
    }
}
