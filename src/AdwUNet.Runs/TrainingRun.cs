using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Preprocessing;
using AdwUNet.Storage;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Runs;

/// <summary>
/// A durable training: runs a <see cref="TrainingLoop"/> in a folder and resumes it from there after any interruption, bit for bit. The folder
/// then contains all files for prediction: <c>plan.json</c>, <c>architecture.json</c>, the best weights and the final weights.
/// </summary>
public sealed class TrainingRun : IDisposable
{
    private readonly RunFolder _folder;
    private readonly Plan _plan;
    private readonly TrainingOptions _options;
    private readonly TrainingLoop _loop;
    private readonly DurableRun<TrainingState, TrainingEpoch> _run;

    /// <summary>Starts a training, or opens the one in the folder to resume it.</summary>
    /// <param name="folder">The run's folder; created if it does not exist.</param>
    /// <param name="plan">The plan with which the cases were preprocessed.</param>
    /// <param name="architecture">The network to train.</param>
    /// <param name="training">The training cases.</param>
    /// <param name="validation">The validation cases.</param>
    /// <param name="options">The options of the training.</param>
    /// <param name="device">The device; the CPU when null.</param>
    /// <param name="loaderThreads">Threads that prepare batches; their number does not change the results.</param>
    /// <exception cref="RunException">The folder contains a training with other settings, or is damaged, or its cases changed, or another process has locked it.</exception>
    /// <exception cref="StorageException">The folder is not writable.</exception>
    public TrainingRun(
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
            TrainingConfig.KindOfRun, plan, new(architecture.Family, architecture.Widths), options, Ids(training), Ids(validation))
        {
            Content = CaseContent.Of(training, validation),
        };
        config.Validate();
        (_plan, _options) = (plan, options);
        _folder = new RunFolder(folder);
        var memory = new StepMemory(options.Sampling.SizesOf(plan), sizes => NetworkCost.Of(architecture, sizes));
        Network = memory.Guard(() => (DerivedUNet)new DerivedUNet(plan, architecture, options.Seed, options.Unit) { Precision = options.Precision }.to(device ?? CPU));
        Arithmetic = Network.ArithmeticOn(device ?? CPU);
        _folder.UseConfig(config, device ?? CPU, Arithmetic);
        _loop = new TrainingLoop(Network, training, validation, options, device, loaderThreads);
        _run = new(_folder, _loop, memory, FinalWeightsPath, options.Epochs) { OnStart = WriteDescription, OnEpoch = KeepBest, OnEnd = () => Weights.Save(Network, FinalWeightsPath) };
        if (_run.LostCheckpoint is not null) Weights.Load(Network, FinalWeightsPath);
    }

    /// <summary>Repeats a training from its <c>config.json</c> in a new folder. On the same machine, the results are identical bit for bit.</summary>
    /// <remarks>Sets the number of libtorch threads to that of the original run if the machine has enough processors, because it affects the last digits.</remarks>
    /// <param name="configPath">The file, or a copy of it.</param>
    /// <param name="folder">The new run's folder.</param>
    /// <param name="cases">Cases, preprocessed with the plan in the file. Only the cases that the file names are used.</param>
    /// <param name="device">The device; the CPU when null.</param>
    /// <param name="loaderThreads">Threads that prepare batches; their number does not change the results.</param>
    /// <param name="code">Adds the parts of the method whose code is outside this library, as in <c>options => options with { Unit = ... }</c>.</param>
    /// <exception cref="RunException">The file is missing, is damaged, belongs to a search, or names an unknown case, a case of other content or other code; or an error of the constructor.</exception>
    public static TrainingRun Repeat(
        string configPath,
        string folder,
        IEnumerable<IPreprocessedCase> cases,
        Device? device = null,
        int loaderThreads = 1,
        Func<TrainingOptions, TrainingOptions>? code = null)
    {
        var config = RunConfig.Load<TrainingConfig>(
            configPath, TrainingConfig.KindOfRun, config => config with { Options = code?.Invoke(config.Options) ?? config.Options });
        var byId = new CasesOfRun(configPath, cases, config.Content);
        var architecture = Architecture.FromWidths(config.Architecture.Widths, config.Architecture.Family);
        return new(
            folder, config.Plan, architecture, byId.Named(config.Training), byId.Named(config.Validation), config.Options, device, loaderThreads);
    }

    /// <summary>The network.</summary>
    public DerivedUNet Network { get; }

    /// <summary>The completed epochs, also those of earlier processes.</summary>
    public IReadOnlyList<TrainingEpoch> History => _run.History;

    /// <summary>The full path of the training's folder.</summary>
    public string Folder => _folder.Path;

    /// <summary>How the network computes: the effective precision, and what computes it.</summary>
    public Arithmetic Arithmetic { get; }

    /// <summary>See <see cref="RunFolder.ArithmeticChange"/>. Show it before the training resumes.</summary>
    public string? ArithmeticChange => _folder.ArithmeticChange;

    /// <summary>Whether all epochs are complete.</summary>
    public bool IsFinished => _run.LostCheckpoint is not null || _loop.State.Epoch >= _options.Epochs;

    /// <summary>The number of epochs.</summary>
    public int Epochs => _options.Epochs;

    /// <summary>The number of iterations per epoch.</summary>
    public int IterationsPerEpoch => _options.IterationsPerEpoch;

    /// <summary>The time between checkpoints within an epoch. It does not change the results.</summary>
    public TimeSpan CheckpointInterval
    {
        get => _run.CheckpointInterval;
        init => _run.CheckpointInterval = value;
    }

    /// <summary>Runs the remaining epochs and yields each one after its checkpoint. The folder is locked meanwhile.</summary>
    /// <param name="progress">Reported after every iteration.</param>
    /// <param name="cancellation">Ends the training after the current step and writes a checkpoint.</param>
    /// <exception cref="OperationCanceledException">The training was cancelled; it can be resumed.</exception>
    /// <exception cref="NumericalException">A loss or gradient is not a finite number; the last checkpoint is intact.</exception>
    /// <exception cref="RunException">Another process has locked the folder.</exception>
    /// <exception cref="StorageException">A file cannot be written; the last checkpoint is intact.</exception>
    /// <exception cref="MemoryException">There is not enough memory for a step. The message says which patch and batch size would fit.</exception>
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
        MethodPart.Save(_folder.File(TrainedModel.UnitFile), _options.Unit);
    }

    private void KeepBest(TrainingEpoch epoch)
    {
        if (_loop.IsBest)
        {
            Weights.Save(Network, _folder.File(TrainedModel.BestWeightsFile));
        }
    }
}
