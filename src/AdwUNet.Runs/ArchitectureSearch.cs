using System.Diagnostics;
using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using AdwUNet.Sampling;
using AdwUNet.Search;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Runs;

/// <summary>
/// The mixed-level search (paper section 3.2): weights on half B all the time, and after a warm-up also alphas and betas on a batch
/// of A and a batch of B before each weight step (<see cref="MixedLevelOrder"/>). Continues from its folder.
/// </summary>
public sealed class ArchitectureSearch : IDisposable
{
    private readonly RunFolder _folder;
    private readonly Plan _plan;
    private readonly SearchOptions _options;
    private readonly SearchCases _cases;
    private readonly Device _device;
    private readonly int _loaderThreads;
    private readonly DeepSupervision _loss;
    private readonly PatchValidation _validation;
    private readonly StepMemory _memory;
    private readonly MixedLevelOptimizer _optimizer;
    private readonly PolynomialDecay _learningRate;
    private readonly TemperatureSchedule _temperature;
    private readonly LoopCheckpoint<SearchState> _checkpoint;
    private readonly List<SearchEpoch> _history = [];
    private SearchState _state = new();

    /// <summary>Starts a search, or opens the one that the folder holds to continue it.</summary>
    /// <param name="folder">The run's folder; made where it is missing.</param>
    /// <param name="plan">The plan by which the cases were preprocessed.</param>
    /// <param name="space">What may be chosen.</param>
    /// <param name="cases">The two halves and the validation cases.</param>
    /// <param name="options">How the search runs.</param>
    /// <param name="device">Where to compute; the CPU when null.</param>
    /// <param name="loaderThreads">Threads that prepare batches, for each half; does not change any result.</param>
    /// <exception cref="RunException">The folder holds a search with other settings, or a damaged one, or another process works in it.</exception>
    /// <exception cref="StorageException">The folder cannot be written in.</exception>
    /// <exception cref="ArchitectureException">The search space is not one that the method defines.</exception>
    public ArchitectureSearch(
        string folder, Plan plan, SearchSpace space, SearchCases cases, SearchOptions options, Device? device = null, int loaderThreads = 1)
    {
        var config = new SearchConfig(SearchConfig.KindOfRun, plan, space, options, Ids(cases.A), Ids(cases.B), Ids(cases.Validation));
        config.Validate();
        (_plan, _options, _cases, _device, _loaderThreads) = (plan, options, cases, device ?? CPU, loaderThreads);
        _folder = new RunFolder(folder);
        _folder.UseConfig(config, _device);
        _memory = new StepMemory(options.Sampling.SizesOf(plan), sizes => NetworkCost.Of(space, sizes));
        Supernet = _memory.Guard(() => (Supernet)new Supernet(plan, space, options.Seed).to(_device));
        Supernet.Precision = options.Precision;
        _loss = new DeepSupervision(new DiceCrossEntropyLoss(plan.BatchDice), DeepSupervision.Weights(plan.PoolCount));
        _validation = new PatchValidation(
            cases.Validation, plan, options.Sampling, options.Seed, "search validation", options.ValidationIterations, _device, loaderThreads);
        _optimizer = new MixedLevelOptimizer(Supernet, _loss, options);
        _learningRate = new PolynomialDecay(options.WeightLearningRate, options.Epochs);
        _temperature = new TemperatureSchedule(options.Temperature, options.TemperatureFactor, options.WarmUpEpochs);
        _checkpoint = new LoopCheckpoint<SearchState>(_folder);
        if (_folder.HasCheckpoint)
        {
            Restore();
        }
    }

    /// <summary>Starts a search anew, in another folder, from the <c>config.json</c> of one: on the same machine it gives the same bytes.</summary>
    /// <remarks>libtorch gets as many threads as the run had, if there are as many processors: their number decides the last digits.</remarks>
    /// <param name="configPath">The file, or a copy of it.</param>
    /// <param name="folder">The new run's folder.</param>
    /// <param name="cases">All cases, preprocessed by the plan that the file holds; those that it names are used.</param>
    /// <param name="device">Where to compute; the CPU when null.</param>
    /// <param name="loaderThreads">Threads that prepare batches, for each half; does not change any result.</param>
    /// <exception cref="RunException">The file is missing, damaged or that of a training, or names a case that is not there; or as the constructor.</exception>
    public static ArchitectureSearch Repeat(
        string configPath, string folder, IEnumerable<IPreprocessedCase> cases, Device? device = null, int loaderThreads = 1)
    {
        var config = RunConfig.Load<SearchConfig>(configPath, SearchConfig.KindOfRun);
        var byId = new CasesOfRun(configPath, cases);
        return new(
            folder, config.Plan, config.Space, new(byId.Named(config.A), byId.Named(config.B), byId.Named(config.Validation)), config.Options, device,
            loaderThreads);
    }

    /// <summary>The network that is searched.</summary>
    public Supernet Supernet { get; }

    /// <summary>The epochs done so far, also those of earlier sessions.</summary>
    public IReadOnlyList<SearchEpoch> History => _history;

    /// <summary>The full path of the search's folder.</summary>
    public string Folder => _folder.Path;

    /// <summary>As <see cref="RunFolder.ArithmeticChange"/>; worth showing before a search goes on.</summary>
    public string? ArithmeticChange => _folder.ArithmeticChange;

    /// <summary>Whether all epochs are done.</summary>
    public bool IsFinished => _state.Epoch >= _options.Epochs;

    /// <summary>The number of epochs.</summary>
    public int Epochs => _options.Epochs;

    /// <summary>The iterations of an epoch.</summary>
    public int IterationsPerEpoch => _options.IterationsPerEpoch;

    /// <summary>The file that the finished search writes its result to.</summary>
    public string ArchitecturePath => _folder.File("architecture.json");

    /// <summary>How often a checkpoint is written within an epoch; that changes no result.</summary>
    public TimeSpan CheckpointInterval { get; init; } = LoopCheckpoint<SearchState>.DefaultInterval;

    /// <summary>Runs the epochs that are left; each is checkpointed before it is given out. Meanwhile no other process can work in the folder.</summary>
    /// <param name="progress">Told after every iteration.</param>
    /// <param name="cancellation">Ends the search after the current step, with a checkpoint written.</param>
    /// <exception cref="OperationCanceledException">The search was cancelled; another session continues it.</exception>
    /// <exception cref="NumericalException">A loss or gradient is no longer a finite number; the last checkpoint is unharmed.</exception>
    /// <exception cref="RunException">Another process works in the folder.</exception>
    /// <exception cref="StorageException">A file cannot be written; the last checkpoint is unharmed.</exception>
    /// <exception cref="MemoryException">There is not enough memory for a step; says which patch and batch would fit.</exception>
    public IEnumerable<SearchEpoch> Run(IProgress<StepProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (IsFinished && File.Exists(ArchitecturePath))
        {
            yield break;
        }

        using var hold = _folder.Lock();
        if (_checkpoint.MustLoad())
        {
            Restore();
        }

        using var a = Loader(_cases.A, "search A", _state.BatchesOfA);
        using var b = Loader(_cases.B, "search B", _state.BatchesOfB);
        while (!IsFinished)
        {
            var clock = Stopwatch.StartNew();
            TrainEpoch(a, b, clock, cancellation, progress);
            var epoch = FinishEpoch(clock, cancellation);
            yield return epoch;
        }

        ArchitectureFile.Save(ArchitecturePath, Supernet.Decode());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        Supernet.Dispose();
    }

    private void TrainEpoch(
        BatchLoader a, BatchLoader b, Stopwatch clock, CancellationToken cancellation, IProgress<StepProgress>? progress)
    {
        _optimizer.WeightLearningRate = _learningRate.At(_state.Epoch);
        Supernet.Choice.Temperature = _temperature.At(_state.Epoch);
        var secondsBefore = _state.Seconds;
        while (_state.Iteration < _options.IterationsPerEpoch)
        {
            _checkpoint.IsInStep = true;
            var loss = _state.Epoch < _options.WarmUpEpochs ? _memory.Guard(() => Step(b, _optimizer.WeightStep)) : SearchIteration(a, b);
            _state.WeightLossSum += loss;
            _state.Iteration++;
            _state.BatchesOfA = a.Position;
            _state.BatchesOfB = b.Position;
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

    /// <summary>The steps of an iteration after the warm-up.</summary>
    /// <returns>The loss of the one that trains weights.</returns>
    private double SearchIteration(BatchLoader a, BatchLoader b)
    {
        // Half each, so that an epoch's mean is over both batches.
        _state.ArchitectureLossSum += _memory.Guard(() => Step(a, _optimizer.ArchitectureStep)) / 2;
        if (_options.Order == MixedLevelOrder.Joint)
        {
            var both = _memory.Guard(() => Step(b, _optimizer.JointStep));
            _state.ArchitectureLossSum += both / 2;
            return both;
        }

        _state.ArchitectureLossSum += _memory.Guard(() => Step(b, _optimizer.ArchitectureStep)) / 2;
        return _memory.Guard(() => Step(b, _optimizer.WeightStep));
    }

    private double Step(BatchLoader loader, Func<Tensor, IReadOnlyList<Tensor>, double> step)
    {
        using var scope = NewDisposeScope();
        using var batch = loader.Next(CancellationToken.None);
        Supernet.Choice.Noise = GumbelNoise.Seeded(_options.Seed, _state.Steps++);
        var image = batch.Image.to(_device);
        Tensor[] targets = [.. batch.Targets.Select(target => target.to(_device))];
        var loss = step(image, targets);
        return double.IsFinite(loss)
            ? loss
            : throw _checkpoint.Failure(_optimizer.Diagnose(image, targets, sample => loader.CaseOf(loader.Position - 1, sample)), _state);
    }

    private SearchEpoch FinishEpoch(Stopwatch clock, CancellationToken cancellation)
    {
        var secondsBefore = _state.Seconds - clock.Elapsed.TotalSeconds;
        var (validationLoss, dice) = _memory.Guard(() => _validation.Run(
            _state.Epoch,
            Supernet,
            _loss,
            number => BeforeValidationBatch(number, cancellation),
            finding => _checkpoint.Failure(finding, _state, inValidation: true)));
        var inSearch = _state.Epoch >= _options.WarmUpEpochs;
        var epoch = new SearchEpoch
        {
            Epoch = _state.Epoch,
            WeightLoss = _state.WeightLossSum / _options.IterationsPerEpoch,
            ArchitectureLoss = inSearch ? _state.ArchitectureLossSum / _options.IterationsPerEpoch : null,
            ValidationLoss = validationLoss,
            ValidationDice = dice,
            WeightLearningRate = _optimizer.WeightLearningRate,
            Temperature = Supernet.Choice.Temperature,
            Seconds = secondsBefore + clock.Elapsed.TotalSeconds,
            Logits = Supernet.Logits(),
            Architecture = Supernet.Decode().ToString(),
        };
        _history.Add(epoch);
        _state = _state with { Epoch = _state.Epoch + 1, Iteration = 0, WeightLossSum = 0, ArchitectureLossSum = 0, Seconds = 0 };
        _folder.WriteHistory(_history);
        Save();
        return epoch;
    }

    private void BeforeValidationBatch(long number, CancellationToken cancellation)
    {
        StopIfCancelled(cancellation);

        // Counted downwards from −1: numbers that no training step uses.
        Supernet.Choice.Noise = _options.NoiseInValidation ? GumbelNoise.Seeded(_options.Seed, -1 - number) : GumbelNoise.None;
    }

    private static string[] Ids(IEnumerable<IPreprocessedCase> cases) => [.. cases.Select(c => c.Id)];

    private BatchLoader Loader(IReadOnlyList<IPreprocessedCase> cases, string stream, long position) =>
        new(cases, _plan, _options.Sampling, _options.Seed, stream, position, _loaderThreads);

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
        var tensors = Supernet.state_dict();
        foreach (var (name, tensor) in _optimizer.State())
        {
            tensors[name] = tensor;
        }

        _checkpoint.Save(tensors, _state);
    }

    private void Restore()
    {
        using var scope = NewDisposeScope();
        var (tensors, state) = _checkpoint.Load();
        var weights = Supernet.state_dict();
        Weights.Copy(tensors.Among(weights), weights, _folder.CheckpointPath);
        _optimizer.Restore(tensors, _device);
        _state = state;
        _history.Clear();
        _history.AddRange(_folder.ReadHistory<SearchEpoch>(state.Epoch));
    }
}
