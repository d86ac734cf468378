using AdwUNet.Networks;
using AdwUNet.Preprocessing;
using AdwUNet.Sampling;
using AdwUNet.Storage;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Search;

/// <summary>
/// The mixed-level search (paper section 3.2, after MiLeNAS), in memory. Every iteration trains the weights on a batch of half B (A if the
/// options say so). After the warm-up, each iteration first trains alphas and betas, on one batch of half A and one batch of half B.
/// </summary>
public sealed class SearchLoop : IResumableLoop<SearchState, SearchEpoch>, IDisposable
{
    private readonly SearchCases _cases;
    private readonly SearchOptions _options;
    private readonly Device _device;
    private readonly int _loaderThreads;
    private readonly DeepSupervision _loss;
    private readonly MixedLevelOptimizer _optimizer;
    private readonly PatchValidation _validation;
    private readonly PolynomialDecay _weightLearningRate;
    private readonly TemperatureSchedule _temperature;
    private readonly LapClock _clock = new();
    private readonly LateReads _numbers = new();

    /// <summary>Creates a search that starts at its first iteration.</summary>
    /// <param name="supernet">The network that is searched, on the device where the search computes. The caller disposes it.</param>
    /// <param name="cases">The two halves and the validation cases.</param>
    /// <param name="options">Numbers of epochs and iterations, learning rates, temperature.</param>
    /// <param name="device">The device of the supernet; the CPU when null.</param>
    /// <param name="loaderThreads">Threads that prepare batches, for each half. Their number does not change the results.</param>
    public SearchLoop(Supernet supernet, SearchCases cases, SearchOptions options, Device? device = null, int loaderThreads = BatchLoader.Automatic)
    {
        (Supernet, _cases, _options, _device, _loaderThreads) = (supernet, cases, options, device ?? CPU, loaderThreads);
        supernet.RequireUnit(options.Unit);
        supernet.Choice.Require(options.Relaxation);
        _loss = DeepSupervision.Of(supernet.Plan, options.Loss);
        _optimizer = new(supernet, _loss, options);
        _validation = new(
            cases.Validation, supernet.Plan, options.Sampling, options.Seed, "search validation", options.ValidationIterations, _device, loaderThreads);
        _weightLearningRate = new(options.WeightLearningRate, options.Epochs);
        _temperature = new(options.Temperature, options.TemperatureFactor, options.AnnealsInWarmUp ? 0 : options.WarmUpEpochs);
    }

    /// <summary>The network that is searched.</summary>
    public Supernet Supernet { get; }

    /// <inheritdoc/>
    public SearchState State { get; private set; } = new();

    /// <inheritdoc/>
    public bool IsInStep { get; private set; }

    /// <inheritdoc/>
    public IEnumerable<SearchEpoch> Run(Action<StepProgress>? afterStep = null, CancellationToken cancellation = default)
    {
        using var a = Loader(_cases.A, "search A", State.BatchesOfA);
        using var b = Loader(_cases.B, "search B", State.BatchesOfB);
        while (State.Epoch < _options.Epochs)
        {
            _clock.Start();
            _optimizer.WeightLearningRate = _weightLearningRate.At(State.Epoch);
            Supernet.Choice.Temperature = _temperature.At(State.Epoch);
            while (State.Iteration < _options.IterationsPerEpoch)
            {
                IsInStep = true;
                var loss = State.Epoch < _options.WarmUpEpochs ? Step(_options.WeightsLearnFromA ? a : b, _optimizer.StartWeightStep) : SearchIteration(a, b);
                State.Iteration++;
                (State.BatchesOfA, State.BatchesOfB) = (a.Position, b.Position);
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
        var tensors = Supernet.state_dict();
        foreach (var (name, tensor) in _optimizer.State())
        {
            tensors[name] = tensor;
        }

        return tensors;
    }

    /// <inheritdoc/>
    public void Restore(StoredTensors tensors, SearchState state, IReadOnlyList<SearchEpoch> history)
    {
        tensors.CopyTo(Supernet.state_dict());
        _optimizer.Restore(tensors, _device);
        (State, IsInStep) = (state, false);
    }

    /// <inheritdoc/>
    public void Dispose() => _optimizer.Dispose();

    /// <summary>An iteration after the warm-up: two architecture steps and a weight step. The joint order merges the last two steps.</summary>
    /// <returns>The loss of the step that trains the weights.</returns>
    private double SearchIteration(BatchLoader a, BatchLoader b)
    {
        // Each batch counts half, so that the epoch's mean is over both batches.
        var joint = _options.Order == MixedLevelOrder.Joint;
        Step(a, _optimizer.StartArchitectureStep, ofArchitecture: 0.5, ofWeights: 0);
        var lossOfB = Step(b, joint ? _optimizer.StartJointStep : _optimizer.StartArchitectureStep, ofArchitecture: 0.5, ofWeights: joint ? 1 : 0);
        return joint ? lossOfB : Step(_options.WeightsLearnFromA ? a : b, _optimizer.StartWeightStep);
    }

    private double Step(BatchLoader loader, Func<Tensor, IReadOnlyList<Tensor>, StepNumbers> start, double ofArchitecture = 0, double ofWeights = 1)
    {
        using var scope = NewDisposeScope();
        var batch = loader.Next(CancellationToken.None);
        using var random = LibtorchRandom.Seeded(_options.Seed, "search step", State.Steps);
        Supernet.Choice.Noise = GumbelNoise.Seeded(_options.Seed, State.Steps++);
        var (state, position) = (State with { }, loader.Position - 1);
        void Add(double loss) => (State.ArchitectureLossSum, State.WeightLossSum) = (State.ArchitectureLossSum + (ofArchitecture * loss), State.WeightLossSum + (ofWeights * loss));
        return _numbers.Add(start(batch.Image, batch.Targets), batch, Add, () => new NumericalException(
            _optimizer.Diagnose(batch.Image, batch.Targets, sample => loader.CaseOf(position, sample)), state));
    }

    /// <summary>Validates and completes the epoch.</summary>
    private SearchEpoch FinishEpoch(CancellationToken cancellation)
    {
        _numbers.Settle();
        var (validationLoss, dice) = _validation.Run(State, Supernet, _loss, number =>
        {
            cancellation.ThrowIfCancellationRequested();

            // Validation noise uses the indices −1, −2, ...; training steps use only indices from 0 up.
            Supernet.Choice.Noise = _options.NoiseInValidation ? GumbelNoise.Seeded(_options.Seed, -1 - number) : GumbelNoise.None;
        });
        State.Seconds += _clock.Lap();
        var epoch = SearchEpoch.Of(State, _options, Supernet, _optimizer, validationLoss, dice);
        State = State with { Epoch = State.Epoch + 1, Iteration = 0, WeightLossSum = 0, ArchitectureLossSum = 0, Seconds = 0 };
        return epoch;
    }

    private BatchLoader Loader(IReadOnlyList<IPreprocessedCase> cases, string stream, long position) =>
        new(cases, Supernet.Plan, _options.Sampling, _options.Seed, stream, position, _loaderThreads, device: _device);
}
