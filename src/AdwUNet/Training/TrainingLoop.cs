using AdwUNet.Networks;
using AdwUNet.Preprocessing;
using AdwUNet.Sampling;
using AdwUNet.Storage;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Training;

/// <summary>
/// Trains a derived U-Net from scratch as nnU-Net v1 does (trainer V2), in memory: SGD with Nesterov momentum, polynomial decay of the
/// learning rate, clipped gradients, deep supervision, a moving average of the validation Dice.
/// </summary>
public sealed class TrainingLoop : IResumableLoop<TrainingState, TrainingEpoch>, IDisposable
{
    private readonly IReadOnlyList<IPreprocessedCase> _cases;
    private readonly TrainingOptions _options;
    private readonly Device _device;
    private readonly int _loaderThreads;
    private readonly DeepSupervision _loss;
    private readonly PatchValidation _validation;
    private readonly (string Name, Parameter Parameter)[] _parameters;
    private readonly GroupOptimizer _optimizer;
    private readonly WeightAverage? _average;
    private readonly LapClock _clock = new();
    private readonly LateReads _numbers = new();
    private StepNumbers? _last;
    private double? _movingAverage;

    /// <summary>Creates a training that starts at its first iteration.</summary>
    /// <param name="network">The network, on the device where the training computes. The caller disposes it.</param>
    /// <param name="training">The training cases.</param>
    /// <param name="validation">The validation cases.</param>
    /// <param name="options">Numbers of epochs and iterations, learning rate, augmentation.</param>
    /// <param name="device">The device of the network; the CPU when null.</param>
    /// <param name="loaderThreads">Threads that prepare batches. Their number does not change the results.</param>
    public TrainingLoop(
        DerivedUNet network,
        IReadOnlyList<IPreprocessedCase> training,
        IReadOnlyList<IPreprocessedCase> validation,
        TrainingOptions options,
        Device? device = null,
        int loaderThreads = BatchLoader.Automatic)
    {
        (Network, _cases, _options, _device, _loaderThreads) = (network, training, options, device ?? CPU, loaderThreads);
        network.RequireUnit(options.Unit);
        _loss = DeepSupervision.Of(network.Plan, options.Loss);
        _validation = new(validation, network.Plan, options.Sampling, options.Seed, "validation", options.ValidationIterations, _device, loaderThreads);
        _parameters = [.. network.named_parameters()];
        _optimizer = options.Optimizer is { } own
            ? new GroupOptimizer(own.Create(_parameters.Select(p => p.Parameter), options.LearningRate), "weights")
            : new NesterovOptimizer(_parameters, options.LearningRate, options.Momentum, options.WeightDecay);
        _average = options.WeightAveraging > 0 ? new(_parameters, options.WeightAveraging) : null;
    }

    /// <summary>The network that is trained. Between epochs it has the average of the weights if the options ask for one.</summary>
    public DerivedUNet Network { get; }

    /// <inheritdoc/>
    public TrainingState State { get; private set; } = new();

    /// <inheritdoc/>
    public bool IsInStep { get; private set; }

    /// <summary>Whether the last epoch has the best moving average of the validation Dice so far.</summary>
    public bool IsBest { get; private set; }

    /// <inheritdoc/>
    public IEnumerable<TrainingEpoch> Run(Action<StepProgress>? afterStep = null, CancellationToken cancellation = default)
    {
        using var loader = new BatchLoader(_cases, Network.Plan, _options.Sampling, _options.Seed, "training", State.Batches, _loaderThreads, device: _device);
        while (State.Epoch < _options.Epochs)
        {
            _clock.Start();
            while (State.Iteration < _options.IterationsPerEpoch)
            {
                IsInStep = true;
                _average?.Show(false);
                _optimizer.LearningRate = _options.LearningRateAt(State.Epoch, State.Iteration);
                var loss = Step(loader);
                (State.Iteration, State.Batches) = (State.Iteration + 1, loader.Position);
                State.Seconds += _clock.Lap();
                IsInStep = false;
                afterStep?.Invoke(new(State.Epoch, _options.Epochs, State.Iteration, _options.IterationsPerEpoch, loss));
                cancellation.ThrowIfCancellationRequested();
            }

            yield return FinishEpoch(cancellation);
        }
    }

    /// <inheritdoc/>
    public Dictionary<string, Tensor> Tensors()
    {
        _numbers.Settle();
        var tensors = Network.state_dict();
        _optimizer.Collect(tensors);
        _average?.Collect(tensors);
        return tensors;
    }

    /// <inheritdoc/>
    public void Restore(StoredTensors tensors, TrainingState state, IReadOnlyList<TrainingEpoch> history)
    {
        tensors.CopyTo(Network.state_dict());
        _optimizer.Restore(tensors, _device);
        _average?.Restore(tensors, isShown: state is { Epoch: > 0, Iteration: 0 });
        (State, IsInStep, _last, _movingAverage) = (state, false, null, history.Count == 0 ? null : history[^1].MovingAverageDice);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        _average?.Dispose();
    }

    private double Step(BatchLoader loader)
    {
        using var scope = NewDisposeScope();
        var batch = loader.Next(CancellationToken.None);
        using var random = LibtorchRandom.Seeded(_options.Seed, "training step", loader.Position);
        var (image, targets) = batch;
        var loss = Network.Backward(image, logits => _loss.Forward(logits, targets));
        _last = new(loss, NesterovOptimizer.Clip(_parameters.Select(p => p.Parameter), _options.GradientClip), before: _last);
        _optimizer.Step(_last);
        _average?.Add(loader.Position);
        var (state, position) = (State with { }, loader.Position - 1);
        Tensor Again() => _loss.Forward(Network.forward(image), targets);
        return _numbers.Add(_last, batch, value => State.LossSum += value, () => new NumericalException(
            NumericalFinding.Of(image, _parameters, Again, sample => loader.CaseOf(position, sample)), state));
    }

    /// <summary>Validates and completes the epoch.</summary>
    private TrainingEpoch FinishEpoch(CancellationToken cancellation)
    {
        _numbers.Settle();
        _average?.Show(true);
        var (validationLoss, dice) = _validation.Run(State, Network, _loss, _ => cancellation.ThrowIfCancellationRequested());
        State.Seconds += _clock.Lap();
        var mean = dice.Average() ?? 0; // over the classes that occurred
        var decay = _options.MovingAverageDecay;
        var average = _movingAverage is { } before ? (decay * before) + ((1 - decay) * mean) : mean;
        var epoch = TrainingEpoch.Of(State, _options, _options.LearningRateAt(State.Epoch, 0), validationLoss, dice, average);
        (IsBest, _movingAverage) = (average > State.BestMovingAverage, average);
        State = State with { Epoch = State.Epoch + 1, Iteration = 0, LossSum = 0, Seconds = 0, BestMovingAverage = Math.Max(average, State.BestMovingAverage) };
        return epoch;
    }
}
