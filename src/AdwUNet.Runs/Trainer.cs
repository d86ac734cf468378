using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Preprocessing;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Runs;

/// <summary>
/// A training in a folder, by <see cref="TrainingLoop"/>: it resumes from there after any interruption, bit for bit, and leaves there all that
/// prediction needs: <c>plan.json</c>, <c>architecture.json</c>, the best weights and the last.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly RunFolder _folder;
    private readonly Plan _plan;
    private readonly TrainingOptions _options;
    private readonly TrainingLoop _loop;
    private readonly DurableRun<TrainingState, TrainingEpoch> _run;

    /// <summary>Starts a training, or opens the one that the folder holds to continue it.</summary>
    /// <param name="folder">The run's folder; made where it is missing.</param>
    /// <param name="plan">The plan by which the cases were preprocessed.</param>
    /// <param name="architecture">The network to train.</param>
    /// <param name="training">Cases to learn from.</param>
    /// <param name="validation">Cases to watch the training by.</param>
    /// <param name="options">How the training runs.</param>
    /// <param name="device">Where to compute; the CPU when null.</param>
    /// <param name="loaderThreads">Threads that prepare batches; does not change any result.</param>
    /// <exception cref="RunException">The folder holds a training with other settings, or a damaged one, or another process works in it.</exception>
    /// <exception cref="StorageException">The folder cannot be written in.</exception>
    public Trainer(
        string folder,
        Plan plan,
        Architecture architecture,
        IReadOnlyList<IPreprocessedCase> training,
        IReadOnlyList<IPreprocessedCase> validation,
        TrainingOptions options,
        Device? device = null,
        int loaderThreads = 1)
    {
        var config = new TrainingConfig(
            TrainingConfig.KindOfRun, plan, new(architecture.Family, architecture.Widths), options, Ids(training), Ids(validation));
        config.Validate();
        (_plan, _options) = (plan, options);
        _folder = new RunFolder(folder);
        _folder.UseConfig(config, device ?? CPU);
        var memory = new StepMemory(options.Sampling.SizesOf(plan), sizes => NetworkCost.Of(architecture, sizes));
        Network = memory.Guard(() => (DerivedUNet)new DerivedUNet(plan, architecture, options.Seed).to(device ?? CPU));
        Network.Precision = options.Precision;
        _loop = new TrainingLoop(Network, training, validation, options, device, loaderThreads);
        _run = new(_folder, _loop, memory) { OnStart = WriteDescription, OnEpoch = KeepBest, OnEnd = () => Weights.Save(Network, FinalWeightsPath) };
    }

    /// <summary>Starts a training anew, in another folder, from the <c>config.json</c> of one: on the same machine it gives the same bytes.</summary>
    /// <remarks>libtorch gets as many threads as the run had, if there are as many processors: their number decides the last digits.</remarks>
    /// <param name="configPath">The file, or a copy of it.</param>
    /// <param name="folder">The new run's folder.</param>
    /// <param name="cases">All cases, preprocessed by the plan that the file holds; those that it names are used.</param>
    /// <param name="device">Where to compute; the CPU when null.</param>
    /// <param name="loaderThreads">Threads that prepare batches; does not change any result.</param>
    /// <exception cref="RunException">The file is missing, damaged or that of a search, or names a case that is not there; or as the constructor.</exception>
    public static Trainer Repeat(
        string configPath, string folder, IEnumerable<IPreprocessedCase> cases, Device? device = null, int loaderThreads = 1)
    {
        var config = RunConfig.Load<TrainingConfig>(configPath, TrainingConfig.KindOfRun);
        var byId = new CasesOfRun(configPath, cases);
        var architecture = Architecture.FromWidths(config.Architecture.Widths, config.Architecture.Family);
        return new(
            folder, config.Plan, architecture, byId.Named(config.Training), byId.Named(config.Validation), config.Options, device, loaderThreads);
    }

    /// <summary>The network that is trained.</summary>
    public DerivedUNet Network { get; }

    /// <summary>The epochs done so far, also those of earlier sessions.</summary>
    public IReadOnlyList<TrainingEpoch> History => _run.History;

    /// <summary>The full path of the training's folder.</summary>
    public string Folder => _folder.Path;

    /// <summary>As <see cref="RunFolder.ArithmeticChange"/>; worth showing before a training goes on.</summary>
    public string? ArithmeticChange => _folder.ArithmeticChange;

    /// <summary>Whether all epochs are done.</summary>
    public bool IsFinished => _loop.State.Epoch >= _options.Epochs;

    /// <summary>The number of epochs.</summary>
    public int Epochs => _options.Epochs;

    /// <summary>The iterations of an epoch.</summary>
    public int IterationsPerEpoch => _options.IterationsPerEpoch;

    /// <summary>How often a checkpoint is written within an epoch; that changes no result.</summary>
    public TimeSpan CheckpointInterval
    {
        get => _run.CheckpointInterval;
        init => _run.CheckpointInterval = value;
    }

    /// <summary>Runs the epochs that are left; each is checkpointed before it is given out. Meanwhile no other process can work in the folder.</summary>
    /// <param name="progress">Told after every iteration.</param>
    /// <param name="cancellation">Ends the training after the current step, with a checkpoint written.</param>
    /// <exception cref="OperationCanceledException">The training was cancelled; another session continues it.</exception>
    /// <exception cref="NumericalException">A loss or gradient is no longer a finite number; the last checkpoint is unharmed.</exception>
    /// <exception cref="RunException">Another process works in the folder.</exception>
    /// <exception cref="StorageException">A file cannot be written; the last checkpoint is unharmed.</exception>
    /// <exception cref="MemoryException">There is not enough memory for a step; says which patch and batch would fit.</exception>
    public IEnumerable<TrainingEpoch> Run(IProgress<StepProgress>? progress = null, CancellationToken cancellation = default) =>
        IsFinished && File.Exists(FinalWeightsPath) ? [] : _run.Run(progress, cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        _loop.Dispose();
        Network.Dispose();
    }

    private string FinalWeightsPath => _folder.File(TrainedModel.FinalWeightsFile);

    private static string[] Ids(IEnumerable<IPreprocessedCase> cases) => [.. cases.Select(c => c.Id)];

    private void WriteDescription()
    {
        _plan.Save(_folder.File(TrainedModel.PlanFile));
        ArchitectureFile.Save(_folder.File(TrainedModel.ArchitectureFileName), Network.Architecture);
    }

    private void KeepBest(TrainingEpoch epoch)
    {
        if (_loop.IsBest)
        {
            Weights.Save(Network, _folder.File(TrainedModel.BestWeightsFile));
        }
    }
}
