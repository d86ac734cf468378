using System.Linq.Expressions;
using AdwUNet.Scheduling;

namespace AdwUNet.Experiments;

/// <summary>
/// A grid of runs: variants × folds × seeds. A run searches (unless its variant gives an architecture), trains, and segments the scans of its fold. It
/// is a folder, <c>VARIANT/foldF/seedS</c>. Finished runs are read; interrupted runs resume.
/// </summary>
public sealed partial class Grid
{
    private readonly List<GridVariant> _added = [];
    private List<GridVariant> _crossed = [];
    private IReadOnlyList<GridRun>? _runs;

    /// <summary>Describes a grid without variants; reads and writes nothing yet.</summary>
    /// <param name="experiment">Dataset, device and folders.</param>
    /// <param name="name">The grid's name.</param>
    /// <param name="folds">The folds, each of 0..4 or <see cref="Planning.Splits.AllCases"/>.</param>
    /// <param name="seeds">The seeds.</param>
    /// <exception cref="ExperimentException">There is no fold or no seed, one occurs twice, or the name is not a valid folder name.</exception>
    internal Grid(Experiment experiment, string name, IReadOnlyList<int> folds, IReadOnlyList<int> seeds)
    {
        Name = Experiment.FolderName(name, "a grid's");
        (Experiment, Folds, Seeds) = (experiment, folds, seeds);
        RequireOnce("fold", folds, "the same fold has the same cases");
        RequireOnce("seed", seeds, "the same seed gives the same run");
        Settings = RunSettings.Of(experiment.Profile, experiment.Family);
        Folder = Path.Combine(experiment.Folder, "grids", name);
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The folder of all runs.</summary>
    public string Folder { get; }

    /// <summary>The settings that variants change: those of the experiment's profile and family.</summary>
    public RunSettings Settings { get; }

    /// <summary>The folds. On each, its validation cases are segmented; on <see cref="Planning.Splits.AllCases"/> these are the training cases.</summary>
    public IReadOnlyList<int> Folds { get; }

    /// <summary>The seeds. The difference between seeds shows how much of a difference is chance.</summary>
    public IReadOnlyList<int> Seeds { get; }

    /// <summary>The variants: those that were added, then every combination of the varied values. Differences are to the first one.</summary>
    public IReadOnlyList<GridVariant> Variants => [.. _added, .. _crossed];

    /// <summary>All runs: the first variant on each fold with each seed, then the second.</summary>
    /// <exception cref="ExperimentException">There is no variant.</exception>
    public IReadOnlyList<GridRun> Runs => _runs ??= Variants is { Count: > 0 } variants
        ? [.. from variant in variants from fold in Folds from seed in Seeds select new GridRun(this, variant, fold, seed)]
        : throw new ExperimentException($"The grid '{Name}' has no variants; add some with Add or Vary.");

    /// <summary>The iterations of all runs, searches and trainings together.</summary>
    public int Iterations => Runs.Sum(run => run.Iterations);

    /// <summary>The dataset, the device and the folders.</summary>
    internal Experiment Experiment { get; }

    /// <summary>Adds a variant.</summary>
    /// <param name="name">What differs; also the name of its folder.</param>
    /// <param name="change">Changes the settings, as in <c>e => e with { … }</c>; the settings as they are when null.</param>
    /// <returns>This grid.</returns>
    /// <exception cref="ExperimentException">The name occurs twice or is not a valid folder name, or the change sets a seed.</exception>
    /// <exception cref="AdwUNetException">A setting is out of range.</exception>
    public Grid Add(string name, Func<RunSettings, RunSettings>? change = null)
    {
        var variant = Variant(name, change?.Invoke(Settings) ?? Settings);
        RequireNew([.. Variants, variant]);
        _added.Add(variant);
        _runs = null;
        return this;
    }

    /// <summary>
    /// Varies one property: each value is a variant. A second call crosses: every value is combined with every variant of the calls before.
    /// </summary>
    /// <typeparam name="T">The property's type.</typeparam>
    /// <param name="property">The property, as in <c>e => e.Search.ArchitectureLearningRate</c>.</param>
    /// <param name="values">Its values. Their text is the variants' name; use <see cref="Add"/> for values without a short text.</param>
    /// <returns>This grid.</returns>
    /// <exception cref="ExperimentException">It is no property that can be set, or two variants would have the same name.</exception>
    /// <exception cref="AdwUNetException">A value is out of range.</exception>
    public Grid Vary<T>(Expression<Func<RunSettings, T>> property, params T[] values)
    {
        var path = new PropertyPath<RunSettings>(property);
        if (values is not { Length: > 0 })
        {
            throw new ExperimentException($"{path} has no values to vary; give at least one.");
        }

        IEnumerable<(string Before, RunSettings Settings)> before =
            _crossed.Count == 0 ? [("", Settings)] : _crossed.Select(variant => ($"{variant.Name}, ", variant.Settings));
        List<GridVariant> crossed = [.. before.SelectMany(
            _ => values, (earlier, value) => Variant($"{earlier.Before}{path.Name} {VariedValue.Text(value)}", path.With(earlier.Settings, value)))];
        RequireNew([.. _added, .. crossed]);
        (_crossed, _runs) = (crossed, null);
        return this;
    }

    /// <summary>
    /// Preprocesses the cases for all runs that are not finished, as far as that was not done. Call it before several processes work on the grid.
    /// </summary>
    /// <param name="cancellation">Stops the preprocessing; the next call resumes it.</param>
    /// <exception cref="AdwUNetException">There is no such dataset, or it cannot be preprocessed.</exception>
    public void Prepare(CancellationToken cancellation = default)
    {
        foreach (var settings in Runs.Where(run => !run.IsFinished).Select(run => run.Variant.Settings).DistinctBy(settings => settings.Planner))
        {
            Experiment.With(settings).EnsureStore(cancellation: cancellation).Dispose();
        }
    }

    /// <summary>Runs the remaining runs one after the other in this process. Runs on which other processes work are left to them.</summary>
    /// <param name="progress">Reported after every iteration, and once for each run that was finished before.</param>
    /// <param name="cancellation">Ends after the current step and writes a checkpoint.</param>
    /// <returns>The results of all runs.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled; it can be resumed.</exception>
    /// <exception cref="RunException">A folder contains a run with other settings, or is damaged, or another process has locked it.</exception>
    /// <exception cref="AdwUNetException">A run failed; the message says why.</exception>
    public GridResults Run(IProgress<GridProgress>? progress = null, CancellationToken cancellation = default)
    {
        Prepare(cancellation);
        RunThreads.Use(Folder);
        List<GridRun> open = [.. Runs];
        while (true)
        {
            open.RemoveAll(run => IsDone(run, progress, cancellation));
            if (open.Count == 0)
            {
                return Results();
            }

            // Other processes work on the rest. If one dies, its run is free.
            cancellation.WaitHandle.WaitOne(TimeSpan.FromSeconds(1));
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <returns>Whether the run is finished, and no other process works on it.</returns>
    private static bool IsDone(GridRun run, IProgress<GridProgress>? progress, CancellationToken cancellation)
    {
        if (WorkRecord.IsTaken(new GridWork(run)))
        {
            return false;
        }

        try
        {
            run.Execute(progress, cancellation);
            return true;
        }
        catch (RunException error) when (error.IsInUse)
        {
            return false;
        }
    }

    /// <summary>The results of the finished runs, read from their folders.</summary>
    /// <exception cref="RunException">A result is damaged, or is that of other settings or cases.</exception>
    /// <exception cref="AdwUNetException">The dataset changed since it was preprocessed.</exception>
    public GridResults Results() => GridResults.Read(this);

    private GridVariant Variant(string name, RunSettings settings)
    {
        Experiment.FolderName(name, "a variant's");
        if (settings.Search.Seed != Settings.Search.Seed || settings.Training.Seed != Settings.Training.Seed)
        {
            throw new ExperimentException($"The variant '{name}' sets a seed; give the seeds to the grid, which runs every variant with each of them.");
        }

        settings.Validate();
        return new(name, settings);
    }

    // Without regard to case, as folders of some systems are.
    private void RequireNew(IReadOnlyList<GridVariant> variants)
    {
        if (variants.GroupBy(v => v.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new ExperimentException($"Two variants of the grid '{Name}' have the name '{twice.Key}'; their runs would lie in one folder.");
        }
    }

    private void RequireOnce(string what, IReadOnlyList<int> numbers, string why)
    {
        if (numbers.Count == 0)
        {
            throw new ExperimentException($"The grid '{Name}' has no {what}; give at least one.");
        }

        if (numbers.Distinct().Count() < numbers.Count)
        {
            throw new ExperimentException($"The {what}s of the grid '{Name}' are {string.Join(", ", numbers)}; give each once, because {why}.");
        }
    }
}
