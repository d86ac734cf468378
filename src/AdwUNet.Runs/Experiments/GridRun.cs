using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AdwUNet.Architectures;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using AdwUNet.Runs;
using AdwUNet.Scheduling;
using AdwUNet.Training;

namespace AdwUNet.Experiments;

/// <summary>
/// One run of a grid, the unit of work: a search (unless the variant gives an architecture), a training, and the segmentation of the fold's scans. It
/// resumes from its folder, in whatever process it is executed.
/// </summary>
public sealed class GridRun
{
    private const string SettingsFile = "run.json";

    private readonly Grid _grid;

    internal GridRun(Grid grid, GridVariant variant, int fold, int seed)
    {
        (_grid, Variant, Fold, Seed) = (grid, variant, fold, seed);
        Settings = variant.Settings.WithSeed(seed);
        Folder = Path.Combine(grid.Folder, variant.Name, $"fold{Splits.NameOf(fold)}", string.Create(CultureInfo.InvariantCulture, $"seed{seed}"));
    }

    /// <summary>The variant.</summary>
    public GridVariant Variant { get; }

    /// <summary>The fold, 0..4, or <see cref="Splits.AllCases"/>.</summary>
    public int Fold { get; }

    /// <summary>The seed of all random numbers.</summary>
    public int Seed { get; }

    /// <summary>The settings with the seed.</summary>
    public RunSettings Settings { get; }

    /// <summary>Variant, fold and seed, for display.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{Variant.Name}, fold {Splits.NameOf(Fold)}, seed {Seed}");

    /// <summary>The full path of its folder.</summary>
    public string Folder { get; }

    /// <summary>The folder of the search; there is none if the variant gives an architecture.</summary>
    public string SearchFolder => Path.Combine(Folder, "search");

    /// <summary>The folder of the training, from which <see cref="Prediction.TrainedModel"/> loads the network.</summary>
    public string TrainingFolder => Path.Combine(Folder, "training");

    /// <summary>The iterations of search and training.</summary>
    public int Iterations => Settings.Iterations;

    /// <summary>Whether the run has a result.</summary>
    public bool IsFinished => File.Exists(OutcomePath);

    /// <summary>Grid, variant, fold and seed: its folder below that of all grids, with slashes.</summary>
    public string Key => Path.GetRelativePath(Path.GetDirectoryName(_grid.Folder)!, Folder).Replace(Path.DirectorySeparatorChar, '/');

    /// <summary>Dataset, device and folders.</summary>
    internal Experiment Experiment => _grid.Experiment;

    /// <summary>The folder of its grid.</summary>
    internal string GridFolder => _grid.Folder;

    /// <summary>The file of the result.</summary>
    internal string OutcomePath => Path.Combine(Folder, RunOutcome.FileName);

    /// <summary>The file of the scans that were segmented so far.</summary>
    internal string ScansPath => Path.Combine(Folder, "scans.json");

    /// <summary>The file of the peak memory.</summary>
    internal string MemoryPath => Path.Combine(Folder, "memory.json");

    /// <summary>Runs what remains of the run, and writes its result. Does nothing if it is finished.</summary>
    /// <param name="progress">Reported after every iteration.</param>
    /// <param name="cancellation">Ends after the current step and writes a checkpoint.</param>
    /// <exception cref="OperationCanceledException">It was cancelled; it can be resumed.</exception>
    /// <exception cref="RunException">The folder contains a run with other settings, or is damaged, or another process has locked it.</exception>
    /// <exception cref="NumericalException">A loss or gradient is no longer a finite number.</exception>
    /// <exception cref="StorageException">A file cannot be written.</exception>
    /// <exception cref="AdwUNetException">The cases cannot be preprocessed, or a scan cannot be segmented.</exception>
    public void Execute(IProgress<GridProgress>? progress = null, CancellationToken cancellation = default)
    {
        RequireSameSettings();
        if (!IsFinished)
        {
            FolderEntry.Create(Folder);
            using var hold = RunLock.Take(Folder);
            if (!IsFinished)
            {
                using var memory = new PeakMemory(MemoryPath);
                using var store = _grid.Experiment.With(Settings).EnsureStore(cancellation: cancellation);
                KeepSettings(new(store));
                Compute(store, hold, progress, cancellation);
            }
        }

        progress?.Report(new(this, "finished", Iterations, Iterations));
    }

    /// <summary>As <see cref="Execute"/>, unless another process works on the run.</summary>
    /// <param name="threads">The threads of libtorch, which the grid's folder records, since they decide the last digits of the results.</param>
    /// <param name="progress">Reported after every iteration.</param>
    /// <param name="cancellation">Ends after the current step and writes a checkpoint.</param>
    /// <returns>Whether the run is finished; false if another process works on it.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled; it can be resumed.</exception>
    /// <exception cref="RunException">The folder contains a run with other settings or another number of threads, or is damaged.</exception>
    /// <exception cref="AdwUNetException">It failed; the message says why.</exception>
    public bool TryExecute(int threads, IProgress<GridProgress>? progress = null, CancellationToken cancellation = default)
    {
        FolderEntry.Create(GridFolder);
        RunThreads.Fix(GridFolder, threads, threads);
        RunThreads.Use(GridFolder);
        try
        {
            Execute(progress, cancellation);
            return true;
        }
        catch (RunException error) when (error.IsInUse)
        {
            return false;
        }
    }

    /// <summary>The result of a finished run.</summary>
    /// <exception cref="RunException">It is missing, damaged, or that of other settings or cases.</exception>
    /// <exception cref="PreprocessingException">The dataset changed since it was preprocessed.</exception>
    public GridResult Result() => Result(_grid.Experiment.With(Settings).CaseContents());

    /// <summary>The result of a finished run.</summary>
    /// <param name="now">The cases of now; null if there are none.</param>
    /// <exception cref="RunException">It is missing, damaged, or that of other settings or cases.</exception>
    internal GridResult Result(StoreContent? now)
    {
        var outcome = RunOutcome.Load(this);
        if (outcome.Settings != Variant.Hash)
        {
            RequireSameSettings();
            throw new RunException($"{OutcomePath} is the result of other settings; delete its folder to compute it again.");
        }

        if (now is not null && outcome.Content != now.Hash)
        {
            RequireSameCases(now);
        }

        return outcome.ResultOf(this);
    }

    /// <summary>The epochs in the search's or the training's folder; none if it does not exist.</summary>
    internal static IReadOnlyList<T> History<T>(string folder) => Directory.Exists(folder) ? new RunFolder(folder).ReadHistory<T>() : [];

    /// <summary>Throws if the folder holds a run with other settings.</summary>
    /// <exception cref="RunException">A setting differs; the message names it.</exception>
    internal void RequireSameSettings()
    {
        var path = Path.Combine(Folder, SettingsFile);
        if (File.Exists(path) && RunConfig.Difference(RunConfig.Parse(path), SettingsJson()) is (var name, var there, var here))
        {
            throw new RunException(
                $"{Folder} holds a run with another setting: {name} is {there} there and {here} here; give the variant or the grid another name, or delete the folder.");
        }
    }

    /// <summary>Throws if the run was made with other cases.</summary>
    /// <exception cref="RunException">Cases changed; the message names them.</exception>
    private void RequireSameCases(StoreContent now)
    {
        var path = Path.Combine(Folder, SettingsFile);
        if (File.Exists(path))
        {
            CaseContent.RequireSame(Folder, CaseContent.In(RunConfig.Parse(path)), now.Cases);
        }
    }

    private void Compute(CaseStore store, RunLock hold, IProgress<GridProgress>? progress, CancellationToken cancellation)
    {
        var experiment = _grid.Experiment.With(Settings);
        var cases = experiment.Cases(store, Fold);
        var architecture = Settings.Architecture.Of(Settings.Space, store.Plan.PoolCount, unchecked((ulong)Seed))
            ?? Search(store.Plan, cases, progress, cancellation);
        Train(store.Plan, architecture, cases, progress, cancellation);
        progress?.Report(new(this, "evaluation", Iterations, Iterations));
        var scans = new ScanEvaluation(ScansPath);
        using (var model = Prediction.TrainedModel.Load(TrainingFolder, experiment.Device, Settings.WeightsFile, unit: Settings.Training.Unit))
        {
            IReadOnlyList<string> evaluated = Settings.EvaluatesMonitor ? [.. cases.Monitor.Select(item => item.Id)] : cases.TestIds;
            scans.Run(model, Settings.Prediction, experiment.OpenDataset(cancellation: cancellation), evaluated, cancellation);
        }

        hold.RequireHeld();
        RunOutcome.Of(this, architecture, store, scans.Results).Save(OutcomePath);
    }

    /// <summary>Its search; the supernet has the weights of the last checkpoint.</summary>
    /// <exception cref="RunException">The folder is damaged, or another process has locked it.</exception>
    internal SearchRun OpenSearch(Plan plan, ExperimentCases cases) =>
        new(SearchFolder, plan, Settings.Space, cases.Search, Settings.SearchOn(plan), _grid.Experiment.Device);

    private Architecture Search(Plan plan, ExperimentCases cases, IProgress<GridProgress>? progress, CancellationToken cancellation)
    {
        using var search = OpenSearch(plan, cases);
        foreach (var _ in search.Run(Steps(progress, "search", 0), cancellation))
        {
            // Each epoch is in the run's history.
        }

        return ArchitectureFile.Load(search.ArchitecturePath);
    }

    private void Train(
        Plan plan, Architecture architecture, ExperimentCases cases, IProgress<GridProgress>? progress, CancellationToken cancellation)
    {
        using var start = Settings.StartsFromSupernet && Settings.Searches ? SupernetWeights.Load(SearchFolder) : null;
        using var trainer = new TrainingRun(
            TrainingFolder, plan, architecture, cases.Training, cases.Monitor, Settings.Training, _grid.Experiment.Device, start: start);
        foreach (var _ in trainer.Run(Steps(progress, "training", Settings.SearchIterations), cancellation))
        {
            // As above.
        }
    }

    private StepsOfRun? Steps(IProgress<GridProgress>? progress, string stage, int before) =>
        progress is null ? null : new(step => progress.Report(new(this, stage, before + (step.Epoch * step.Iterations) + step.Iteration, Iterations)));

    private JsonObject SettingsJson() => new()
    {
        ["dataset"] = _grid.Experiment.DatasetName,
        ["fold"] = Fold,
        ["seed"] = Seed,
        ["settings"] = Variant.Json.DeepClone(),
    };

    private void KeepSettings(StoreContent cases)
    {
        RequireSameCases(cases);
        var path = Path.Combine(Folder, SettingsFile);
        if (!File.Exists(path))
        {
            var settings = SettingsJson();
            settings[CaseContent.Field] = JsonSerializer.SerializeToNode(cases.Cases, JsonFile.Options);
            AtomicFile.WriteText(path, settings.ToJsonString(JsonFile.Options) + "\n");
        }
    }

    private sealed class StepsOfRun(Action<StepProgress> told) : IProgress<StepProgress>
    {
        public void Report(StepProgress value) => told(value);
    }
}
