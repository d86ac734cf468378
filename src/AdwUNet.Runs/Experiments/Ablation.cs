using AdwUNet.Architectures;
using AdwUNet.Planning;
using AdwUNet.Runs;
using AdwUNet.Search;
using AdwUNet.Training;
using static TorchSharp.torch;

namespace AdwUNet.Experiments;

/// <summary>
/// A grid of runs that differ in search space and seed. Each run searches, then trains the architecture that it found. Every run is a folder,
/// <c>VARIANT/seedN</c>. Finished runs are read; interrupted runs resume from their checkpoint.
/// </summary>
public sealed class Ablation
{
    private readonly Plan _plan;
    private readonly ExperimentCases _cases;
    private readonly AblationOptions _options;
    private readonly Device? _device;

    /// <summary>Describes the grid; reads and writes nothing yet.</summary>
    /// <param name="folder">The folder of all runs.</param>
    /// <param name="plan">The plan with which the cases were preprocessed.</param>
    /// <param name="cases">The cases for search, training and validation.</param>
    /// <param name="variants">The settings to compare.</param>
    /// <param name="seeds">Each variant runs once with each seed. The difference between seeds shows how much of a difference is chance.</param>
    /// <param name="options">The options that all runs share.</param>
    /// <param name="device">The device; the CPU when null.</param>
    /// <exception cref="ExperimentException">There is no variant or no seed, one occurs twice, or a name is not a valid folder name.</exception>
    /// <exception cref="ArchitectureException">A search space is invalid.</exception>
    public Ablation(
        string folder, Plan plan, ExperimentCases cases, IReadOnlyList<AblationVariant> variants, IReadOnlyList<int> seeds, AblationOptions options,
        Device? device = null)
    {
        Check(variants, seeds);
        (_plan, _cases, _options, _device) = (plan, cases, options, device);
        Folder = Path.GetFullPath(folder);
        Runs = [.. variants.SelectMany(_ => seeds, (variant, seed) =>
            new AblationRun(variant, seed, Path.Combine(Folder, variant.Name, $"seed{seed}")))];
    }

    /// <summary>The folder of all runs.</summary>
    public string Folder { get; }

    /// <summary>All runs: the first variant with each seed, then the second.</summary>
    public IReadOnlyList<AblationRun> Runs { get; }

    /// <summary>Weight steps of all runs, searches and trainings together.</summary>
    public int Iterations => Runs.Count * _options.IterationsPerRun;

    /// <summary>The results of the finished runs, read from their folders.</summary>
    /// <exception cref="RunException">A history is damaged.</exception>
    /// <exception cref="ArchitectureException">An architecture is damaged.</exception>
    public IReadOnlyList<AblationResult> Results() => [.. Runs.Where(run => run.IsFinished).Select(run => AblationResult.Read(run, _plan))];

    /// <summary>Runs the remaining runs one after the other, and yields every result in the order of <see cref="Runs"/>.</summary>
    /// <param name="progress">Reported with the number of completed <see cref="Iterations"/>, including those of earlier processes.</param>
    /// <param name="cancellation">Ends after the current step and writes a checkpoint.</param>
    /// <exception cref="OperationCanceledException">It was cancelled; it can be resumed.</exception>
    /// <exception cref="RunException">A folder contains a run with other settings, or is damaged, or another process has locked it.</exception>
    /// <exception cref="NumericalException">A loss or gradient is no longer a finite number.</exception>
    /// <exception cref="StorageException">A file cannot be written.</exception>
    public IEnumerable<AblationResult> Run(IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        var done = Runs.Select(Done).ToArray();
        progress?.Report(done.Sum());
        for (var i = 0; i < Runs.Count; i++)
        {
            var index = i;
            var steps = new Steps(ofRun =>
            {
                done[index] = ofRun;
                progress?.Report(done.Sum());
            });
            Train(Runs[i], Search(Runs[i], steps, cancellation), steps, cancellation);
            yield return AblationResult.Read(Runs[i], _plan);
        }
    }

    private Architecture Search(AblationRun run, Steps steps, CancellationToken cancellation)
    {
        var options = _options.Search with { Seed = unchecked((ulong)run.Seed) };
        using var search = new SearchRun(run.SearchFolder, _plan, run.Variant.Space, _cases.Search, options, _device);
        foreach (var _ in search.Run(steps, cancellation))
        {
            // Each epoch is in the run's history.
        }

        return ArchitectureFile.Load(search.ArchitecturePath);
    }

    private void Train(AblationRun run, Architecture architecture, Steps steps, CancellationToken cancellation)
    {
        steps.Before = _options.Search.Epochs * _options.Search.IterationsPerEpoch;
        var options = _options.Training with { Seed = unchecked((ulong)run.Seed) };
        using var trainer = new TrainingRun(run.TrainingFolder, _plan, architecture, _cases.Training, _cases.Monitor, options, _device);
        foreach (var _ in trainer.Run(steps, cancellation))
        {
            // As above.
        }
    }

    private int Done(AblationRun run) =>
        (AblationRun.History<SearchEpoch>(run.SearchFolder).Count * _options.Search.IterationsPerEpoch)
        + (AblationRun.History<TrainingEpoch>(run.TrainingFolder).Count * _options.Training.IterationsPerEpoch);

    private static void Check(IReadOnlyList<AblationVariant> variants, IReadOnlyList<int> seeds)
    {
        if (variants.Count == 0 || seeds.Count == 0)
        {
            throw new ExperimentException($"An ablation of {variants.Count} variants and {seeds.Count} seeds has no runs; give at least one of each.");
        }

        // Without regard to case, as folders of some systems are.
        if (variants.GroupBy(v => v.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new ExperimentException($"Two variants of the ablation have the name '{twice.Key}'; their runs would lie in one folder.");
        }

        if (seeds.Distinct().Count() < seeds.Count)
        {
            throw new ExperimentException($"The seeds of the ablation are {string.Join(", ", seeds)}; give each once, for the same seed gives the same run.");
        }

        foreach (var variant in variants)
        {
            Experiment.FolderName(variant.Name, "a variant's");
            variant.Space.Validate();
        }
    }

    /// <summary>Turns the steps of a search or a training into iterations of the run.</summary>
    private sealed class Steps(Action<int> told) : IProgress<StepProgress>
    {
        public int Before { get; set; }

        public void Report(StepProgress value) => told(Before + (value.Epoch * value.Iterations) + value.Iteration);
    }
}
