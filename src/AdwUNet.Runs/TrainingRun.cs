using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Preprocessing;
using AdwUNet.Sampling;
using AdwUNet.Storage;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Runs;

/// <summary>
/// A durable training: runs a <see cref="TrainingLoop"/> in a folder and resumes it from there after any interruption, bit for bit. The folder
/// then contains all files for prediction: <c>plan.json</c>, <c>architecture.json</c>, the best weights and the final weights.
/// </summary>
public sealed class TrainingRun : DurableRun<DerivedUNet, TrainingState, TrainingEpoch>
{
    private readonly Plan _plan;
    private readonly TrainingOptions _options;

    /// <summary>Starts a training, or opens the one in the folder to resume it.</summary>
    /// <param name="folder">The run's folder; created if it does not exist.</param>
    /// <param name="plan">The plan with which the cases were preprocessed.</param>
    /// <param name="architecture">The network to train.</param>
    /// <param name="training">The training cases.</param>
    /// <param name="validation">The validation cases.</param>
    /// <param name="options">The options of the training.</param>
    /// <param name="device">The device; the CPU when null.</param>
    /// <param name="loaderThreads">Threads that prepare batches; their number does not change the results.</param>
    /// <param name="start">The weights of the supernet, from which the training starts; random weights when null.</param>
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
        int loaderThreads = BatchLoader.Automatic,
        SupernetWeights? start = null)
        : base(
            folder,
            Config(plan, architecture, training, validation, options, start),
            TrainedModel.FinalWeightsFile,
            () => Build(plan, architecture, options, start),
            network => new TrainingLoop(network, training, validation, options, device, loaderThreads),
            device ?? CPU)
    {
        (_plan, _options) = (plan, options);
        if (Fault is not null) Weights.Load(Network, PathOf(TrainedModel.FinalWeightsFile));
    }

    /// <summary>Repeats a training from its <c>config.json</c> in a new folder. On the same machine, the results are identical bit for bit.</summary>
    /// <remarks>Sets the number of libtorch threads to that of the original run if the machine has enough processors, because it affects the last digits.</remarks>
    /// <param name="configPath">The file, or a copy of it.</param>
    /// <param name="folder">The new run's folder.</param>
    /// <param name="cases">Cases, preprocessed with the plan in the file. Only the cases that the file names are used.</param>
    /// <param name="device">The device; the CPU when null.</param>
    /// <param name="loaderThreads">Threads that prepare batches; their number does not change the results.</param>
    /// <param name="code">Adds the parts of the method whose code is outside this library, as in <c>options => options with { Unit = ... }</c>.</param>
    /// <param name="start">The weights of the supernet if the training started from them.</param>
    /// <exception cref="RunException">The file is missing, is damaged, belongs to a search, or names an unknown case, a case of other content or
    /// other code; or an error of the constructor.</exception>
    public static TrainingRun Repeat(
        string configPath,
        string folder,
        IEnumerable<IPreprocessedCase> cases,
        Device? device = null,
        int loaderThreads = BatchLoader.Automatic,
        Func<TrainingOptions, TrainingOptions>? code = null,
        SupernetWeights? start = null)
    {
        var config = RunConfig.Load<TrainingConfig>(
            configPath, TrainingConfig.KindOfRun, config => config with { Options = code?.Invoke(config.Options) ?? config.Options });
        if (HashOf(config.Plan, config.Architecture.Build(), config.Options, start) != config.InitialWeights)
        {
            var (there, here) = (config.InitialWeights is null ? "random weights" : "the weights of a supernet", start is null ? "none" : "other ones");
            throw new RunException(
                $"{configPath} is of a training that started from {there}, and {here} were passed; pass those of the search that it followed "
                + "(SupernetWeights.Load), or none for random weights.");
        }

        var byId = new CasesOfRun(configPath, cases, config.Content);
        return new(
            folder, config.Plan, config.Architecture.Build(), byId.Named(config.Training), byId.Named(config.Validation), config.Options, device, loaderThreads, start);
    }

    private protected override void OnStart()
    {
        _plan.Save(PathOf(TrainedModel.PlanFile));
        ArchitectureFile.Save(PathOf(TrainedModel.ArchitectureFileName), Network.Architecture);
        MethodPart.Save(PathOf(TrainedModel.UnitFile), _options.Unit);
    }

    private protected override void OnEpoch(TrainingEpoch epoch)
    {
        if (((TrainingLoop)Loop).IsBest) Weights.Save(Network, PathOf(TrainedModel.BestWeightsFile));
    }

    private protected override IEnumerable<(string Tag, double Value)> Scalars(TrainingEpoch epoch) => EpochScalars.Of(epoch, _plan.TargetNames);

    private protected override void OnEnd() => Weights.Save(Network, PathOf(TrainedModel.FinalWeightsFile));

    private static TrainingConfig Config(
        Plan plan, Architecture architecture, IReadOnlyList<IPreprocessedCase> training, IReadOnlyList<IPreprocessedCase> validation, TrainingOptions options,
        SupernetWeights? start)
    {
        var config = new TrainingConfig(
            TrainingConfig.KindOfRun, plan, new(architecture.Family, architecture.Widths), options, Ids(training), Ids(validation))
        {
            Content = CaseContent.Of(training, validation),
        };
        config.Validate();
        return config with { InitialWeights = HashOf(plan, architecture, options, start) };
    }

    private static DerivedUNet Build(Plan plan, Architecture architecture, TrainingOptions options, SupernetWeights? start)
    {
        var network = new DerivedUNet(plan, architecture, options.Seed, options.Unit) { Precision = options.Precision };
        start?.CopyTo(network);
        return network;
    }

    private static string? HashOf(Plan plan, Architecture architecture, TrainingOptions options, SupernetWeights? start)
    {
        if (start is null) return null;
        using var network = Build(plan, architecture, options, start);
        return SupernetWeights.Hash(network);
    }
}
