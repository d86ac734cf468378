using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Runs;

/// <summary>A loop that runs durably in a folder: it resumes from there after any interruption, bit for bit.</summary>
/// <typeparam name="TNetwork">The network that the loop trains.</typeparam>
/// <typeparam name="TState">The position of the loop.</typeparam>
/// <typeparam name="TEpoch">The result of one epoch; one line of the history.</typeparam>
public abstract class DurableRun<TNetwork, TState, TEpoch> : IDisposable
    where TNetwork : EncoderDecoder
    where TState : ILoopState
{
    private readonly RunFolder _folder;
    private readonly string _result;
    private readonly RunLoop<TState, TEpoch> _run;

    /// <summary>Starts the run, or opens the one in the folder.</summary>
    /// <param name="folder">The run's folder; created if it does not exist.</param>
    /// <param name="config">The validated content of its <c>config.json</c>.</param>
    /// <param name="result">The name of the file that the run writes at its end.</param>
    /// <param name="makeNetwork">Makes the initial network.</param>
    /// <param name="makeLoop">Makes the loop that trains it.</param>
    /// <param name="device">The device.</param>
    private protected DurableRun(
        string folder, IRunConfig config, string result, Func<TNetwork> makeNetwork, Func<TNetwork, IResumableLoop<TState, TEpoch>> makeLoop, Device device)
    {
        (Epochs, IterationsPerEpoch) = (config.Epochs, config.IterationsPerEpoch);
        _folder = new RunFolder(folder);
        _result = _folder.File(result);
        Network = config.Memory.Guard(makeNetwork);
        Arithmetic = Network.ArithmeticOn(device);
        var memory = config.Memory.For(Network, Arithmetic, device);
        MemoryNeed = memory.Require(device);
        memory.Guard(() => Network.to(device));
        _folder.UseConfig(config, device, Arithmetic);
        Loop = makeLoop(Network);
        _run = new(_folder, Loop, memory, _result, Epochs) { OnStart = OnStart, OnEpoch = OnEpoch, OnEnd = OnEnd };
    }

    /// <summary>The network.</summary>
    public TNetwork Network { get; }

    /// <summary>The completed epochs, also those of earlier processes.</summary>
    public IReadOnlyList<TEpoch> History => _run.History;

    /// <summary>The full path of the run's folder.</summary>
    public string Folder => _folder.Path;

    /// <summary>How the network computes: the effective precision, and what computes it.</summary>
    public Arithmetic Arithmetic { get; }

    /// <summary>The memory that the run needs on its card, estimated before its start; null on a CPU.</summary>
    public MemoryNeed? MemoryNeed { get; }

    /// <summary>See <see cref="RunFolder.ArithmeticChange"/>. Show it before the run resumes.</summary>
    public string? ArithmeticChange => _folder.ArithmeticChange;

    /// <summary>Whether all epochs are complete.</summary>
    public bool IsFinished => Fault is not null || Loop.State.Epoch >= Epochs;

    /// <summary>The number of epochs.</summary>
    public int Epochs { get; }

    /// <summary>The number of iterations per epoch.</summary>
    public int IterationsPerEpoch { get; }

    /// <summary>The time between checkpoints within an epoch. It does not change the results.</summary>
    public TimeSpan CheckpointInterval
    {
        get => _run.CheckpointInterval;
        init => _run.CheckpointInterval = value;
    }

    /// <summary>
    /// Whether <see cref="Run"/> also writes event files for TensorBoard to the folder <c>tensorboard</c> of the run: losses, Dice, learning rates, and of a
    /// search the temperature and the share of every option, by epoch. It does not change the results.
    /// </summary>
    public bool WritesTensorBoard { get; init; }

    /// <summary>What <c>makeLoop</c> made.</summary>
    private protected IResumableLoop<TState, TEpoch> Loop { get; }

    /// <summary>Why a finished run has only its history and its result, as the start of a sentence; null if it has its checkpoint too.</summary>
    private protected string? Fault => _run.LostCheckpoint;

    /// <summary>Runs the remaining epochs and yields each one after its checkpoint. The folder is locked meanwhile.</summary>
    /// <param name="progress">Reported after every iteration.</param>
    /// <param name="cancellation">Ends the run after the current step and writes a checkpoint.</param>
    /// <exception cref="OperationCanceledException">The run was cancelled; it can be resumed.</exception>
    /// <exception cref="NumericalException">A loss or gradient is not a finite number; the last checkpoint is intact.</exception>
    /// <exception cref="RunException">Another process has locked the folder.</exception>
    /// <exception cref="StorageException">A file cannot be written; the last checkpoint is intact.</exception>
    /// <exception cref="MemoryException">There is not enough memory for a step. The message says which patch and batch size would fit.</exception>
    public IEnumerable<TEpoch> Run(IProgress<StepProgress>? progress = null, CancellationToken cancellation = default) =>
        IsFinished && File.Exists(_result) ? [] : WritesTensorBoard ? WithEvents(_run.Run(progress, cancellation)) : _run.Run(progress, cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        (Loop as IDisposable)?.Dispose();
        Network.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The full path of a file of the run.</summary>
    private protected string PathOf(string name) => _folder.File(name);

    /// <summary>Called before the first step; writes the files that describe the run.</summary>
    private protected virtual void OnStart()
    {
    }

    /// <summary>Called with each epoch before it is added to the history.</summary>
    private protected virtual void OnEpoch(TEpoch epoch)
    {
    }

    /// <summary>Called after the last epoch; writes the result.</summary>
    private protected abstract void OnEnd();

    /// <summary>The numbers of an epoch for TensorBoard.</summary>
    private protected abstract IEnumerable<(string Tag, double Value)> Scalars(TEpoch epoch);

    private IEnumerable<TEpoch> WithEvents(IEnumerable<TEpoch> epochs)
    {
        var writer = utils.tensorboard.SummaryWriter(PathOf("tensorboard")); // a file of its own for each process
        foreach (var epoch in epochs)
        {
            var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
            foreach (var (tag, value) in Scalars(epoch)) writer.add_scalar(tag, (float)value, History.Count - 1, now);
            yield return epoch;
        }
    }

    private protected static string[] Ids(IEnumerable<IPreprocessedCase> cases) => [.. cases.Select(c => c.Id)];
}
