using System.Diagnostics;
using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Preprocessing;
using AdwUNet.Sampling;
using AdwUNet.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Runs;

/// <summary>
/// Trains a derived U-Net from scratch by nnU-Net v1's recipe (trainer V2). Continues from its folder, and leaves there all that
/// prediction needs: <c>plan.json</c>, <c>architecture.json</c>, the best weights and the last.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly RunFolder _folder;
    private readonly Plan _plan;
    private readonly TrainingOptions _options;
    private readonly IReadOnlyList<IPreprocessedCase> _training;
    private readonly Device _device;
    private readonly int _loaderThreads;
    private readonly DeepSupervision _loss;
    private readonly PatchValidation _validation;
    private readonly StepMemory _memory;
    private readonly (string Name, Parameter Parameter)[] _parameters;
    private readonly WeightOptimizer _optimizer;
    private readonly PolynomialDecay _learningRate;
    private readonly LoopCheckpoint<TrainingState> _checkpoint;
    private readonly List<TrainingEpoch> _history = [];
    private TrainingState _state = new();

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
        (_plan, _options, _training) = (plan, options, training);
        (_device, _loaderThreads) = (device ?? CPU, loaderThreads);
        _folder = new RunFolder(folder);
        _folder.UseConfig(config, _device);
        _memory = new StepMemory(options.Sampling.SizesOf(plan), sizes => NetworkCost.Of(architecture, sizes));
        Network = _memory.Guard(() => (DerivedUNet)new DerivedUNet(plan, architecture, options.Seed).to(_device));
        Network.Precision = options.Precision;
        _loss = new DeepSupervision(new DiceCrossEntropyLoss(plan.BatchDice), DeepSupervision.Weights(plan.PoolCount));
        _validation = new PatchValidation(
            validation, plan, options.Sampling, options.Seed, "validation", options.ValidationIterations, _device, loaderThreads);
        _parameters = [.. Network.named_parameters()];
        _optimizer = new(_parameters.Select(p => p.Parameter), options.LearningRate, options.Momentum, options.WeightDecay);
        _learningRate = new PolynomialDecay(options.LearningRate, options.Epochs);
        _checkpoint = new LoopCheckpoint<TrainingState>(_folder);
        if (_folder.HasCheckpoint)
        {
            Restore();
        }
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
    public IReadOnlyList<TrainingEpoch> History => _history;

    /// <summary>The full path of the training's folder.</summary>
    public string Folder => _folder.Path;

    /// <summary>As <see cref="RunFolder.ArithmeticChange"/>; worth showing before a training goes on.</summary>
    public string? ArithmeticChange => _folder.ArithmeticChange;

    /// <summary>Whether all epochs are done.</summary>
    public bool IsFinished => _state.Epoch >= _options.Epochs;

    /// <summary>The number of epochs.</summary>
    public int Epochs => _options.Epochs;

    /// <summary>The iterations of an epoch.</summary>
    public int IterationsPerEpoch => _options.IterationsPerEpoch;

    /// <summary>How often a checkpoint is written within an epoch; that changes no result.</summary>
    public TimeSpan CheckpointInterval { get; init; } = LoopCheckpoint<TrainingState>.DefaultInterval;

    /// <summary>Runs the epochs that are left; each is checkpointed before it is given out. Meanwhile no other process can work in the folder.</summary>
    /// <param name="progress">Told after every iteration.</param>
    /// <param name="cancellation">Ends the training after the current step, with a checkpoint written.</param>
    /// <exception cref="OperationCanceledException">The training was cancelled; another session continues it.</exception>
    /// <exception cref="NumericalException">A loss or gradient is no longer a finite number; the last checkpoint is unharmed.</exception>
    /// <exception cref="RunException">Another process works in the folder.</exception>
    /// <exception cref="StorageException">A file cannot be written; the last checkpoint is unharmed.</exception>
    /// <exception cref="MemoryException">There is not enough memory for a step; says which patch and batch would fit.</exception>
    public IEnumerable<TrainingEpoch> Run(IProgress<StepProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (IsFinished && File.Exists(_folder.File(TrainedModel.FinalWeightsFile)))
        {
            yield break;
        }

        using var hold = _folder.Lock();
        if (_checkpoint.MustLoad())
        {
            Restore();
        }

        _plan.Save(_folder.File(TrainedModel.PlanFile));
        ArchitectureFile.Save(_folder.File(TrainedModel.ArchitectureFileName), Network.Architecture);
        using var loader = new BatchLoader(
            _training, _plan, _options.Sampling, _options.Seed, "training", _state.Batches, _loaderThreads);
        while (!IsFinished)
        {
            var clock = Stopwatch.StartNew();
            TrainEpoch(loader, clock, cancellation, progress);
            yield return FinishEpoch(clock, cancellation);
        }

        Weights.Save(Network, _folder.File(TrainedModel.FinalWeightsFile));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        Network.Dispose();
    }

    private static string[] Ids(IEnumerable<IPreprocessedCase> cases) => [.. cases.Select(c => c.Id)];

    private void TrainEpoch(BatchLoader loader, Stopwatch clock, CancellationToken cancellation, IProgress<StepProgress>? progress)
    {
        _optimizer.LearningRate = _learningRate.At(_state.Epoch);

        var secondsBefore = _state.Seconds;
        while (_state.Iteration < _options.IterationsPerEpoch)
        {
            _checkpoint.IsInStep = true;
            var loss = _memory.Guard(() => Step(loader));
            _state.LossSum += loss;
            _state.Iteration++;
            _state.Batches = loader.Position;
            _state.Seconds = secondsBefore + clock.Elapsed.TotalSeconds;
            _checkpoint.IsInStep = false;
            progress?.Report(new(_state.Epoch, _options.Epochs, _state.Iteration, _options.IterationsPerEpoch, loss));
            StopIfCancelled(cancellation);
            if (_checkpoint.IsOlderThan(CheckpointInterval))
            {
                Save();
            }
        }
    }

    private double Step(BatchLoader loader)
    {
        using var scope = NewDisposeScope();
        using var batch = loader.Next(CancellationToken.None);
        var image = batch.Image.to(_device);
        Tensor[] targets = [.. batch.Targets.Select(target => target.to(_device))];
        Tensor Loss() => _loss.Forward(Network.forward(image), targets);
        var loss = Network.Backward(image, logits => _loss.Forward(logits, targets));
        var norm = WeightOptimizer.Clip(_parameters.Select(p => p.Parameter), _options.GradientClip);
        var value = loss.item<float>();
        if (!float.IsFinite(value) || !double.IsFinite(norm))
        {
            throw _checkpoint.Failure(NumericalFinding.Of(image, _parameters, Loss, sample => loader.CaseOf(loader.Position - 1, sample)), _state);
        }

        _optimizer.Step();
        return value;
    }

    private TrainingEpoch FinishEpoch(Stopwatch clock, CancellationToken cancellation)
    {
        var secondsBefore = _state.Seconds - clock.Elapsed.TotalSeconds;
        var (validationLoss, dice) = _memory.Guard(() => _validation.Run(
            _state.Epoch, Network, _loss, _ => StopIfCancelled(cancellation), finding => _checkpoint.Failure(finding, _state, inValidation: true)));
        var mean = dice.Any(value => value.HasValue) ? dice.Where(value => value.HasValue).Average(value => value!.Value) : 0;
        var decay = _options.MovingAverageDecay;
        var average = _history.Count == 0 ? mean : (decay * _history[^1].MovingAverageDice) + ((1 - decay) * mean);
        var epoch = new TrainingEpoch
        {
            Epoch = _state.Epoch,
            TrainingLoss = _state.LossSum / _options.IterationsPerEpoch,
            ValidationLoss = validationLoss,
            ValidationDice = dice,
            MovingAverageDice = average,
            LearningRate = _learningRate.At(_state.Epoch),
            Seconds = secondsBefore + clock.Elapsed.TotalSeconds,
        };
        if (average > _state.BestMovingAverage)
        {
            _state.BestMovingAverage = average;
            Weights.Save(Network, _folder.File(TrainedModel.BestWeightsFile));
        }

        _history.Add(epoch);
        _state = _state with { Epoch = _state.Epoch + 1, Iteration = 0, LossSum = 0, Seconds = 0 };
        _folder.WriteHistory(_history);
        Save();
        return epoch;
    }

    // All steps so far are kept, also where validation is what is stopped: it is made again from its beginning.
    private void StopIfCancelled(CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            Save();
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private void Save()
    {
        using var scope = NewDisposeScope();
        var tensors = Network.state_dict();
        OptimizerTensors.Collect(_optimizer.Sgd, [.. _parameters.Select(p => p.Name)], tensors);
        _checkpoint.Save(tensors, _state);
    }

    private void Restore()
    {
        using var scope = NewDisposeScope();
        var (tensors, state) = _checkpoint.Load();
        var weights = Network.state_dict();
        Weights.Copy(tensors.Among(weights), weights, _folder.CheckpointPath);
        OptimizerTensors.Restore(_optimizer.Sgd, [.. _parameters.Select(p => p.Name)], tensors, _device);
        _state = state;
        _history.Clear();
        _history.AddRange(_folder.ReadHistory<TrainingEpoch>(state.Epoch));
    }
}
