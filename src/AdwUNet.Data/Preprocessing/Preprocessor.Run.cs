using AdwUNet.Datasets;
using AdwUNet.Imaging;
using AdwUNet.Planning;

namespace AdwUNet.Preprocessing;

/// <content>Preprocessing of a whole dataset into a store.</content>
public static partial class Preprocessor
{
    /// <summary>
    /// Preprocesses all training cases into a store. Cases that already exist, from files of the same content with the same settings, are kept:
    /// an interrupted run resumes from there. The result does not depend on the number of threads.
    /// </summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="plan">Its plan, kept in the store.</param>
    /// <param name="folder">The store's folder; made if it does not exist.</param>
    /// <param name="progress">Told after every case, from several threads.</param>
    /// <param name="cancellation">Ends the run between cases.</param>
    /// <exception cref="PreprocessingException">A case cannot be preprocessed (it is named), or the folder holds another plan's store.</exception>
    /// <exception cref="PlanException">The plan contradicts itself.</exception>
    /// <exception cref="StorageException">A file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The run was ended.</exception>
    public static void Run(
        Dataset dataset,
        Plan plan,
        string folder,
        IProgress<PreprocessingProgress>? progress = null,
        CancellationToken cancellation = default) =>
        Run(dataset, plan, folder, new PreprocessingOptions(), progress, cancellation);

    /// <inheritdoc cref="Run(Dataset, Plan, string, IProgress{PreprocessingProgress}, CancellationToken)"/>
    /// <param name="dataset">The dataset.</param>
    /// <param name="plan">Its plan, kept in the store.</param>
    /// <param name="folder">The store's folder; made if it does not exist.</param>
    /// <param name="options">Parallelism, replacing, foreground lists.</param>
    /// <param name="progress">Told after every case, from several threads.</param>
    /// <param name="cancellation">Ends the run between cases.</param>
    public static void Run(
        Dataset dataset,
        Plan plan,
        string folder,
        PreprocessingOptions options,
        IProgress<PreprocessingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        plan.Validate();
        FolderEntry.Create(Path.GetFullPath(folder));
        AtomicFile.Sweep(folder);
        PrepareStore(plan, folder, options);
        var done = 0;
        var memory = new MemoryBudget(options.MaxMemory);
        var settings = Settings(options);
        void ProcessOne(int index)
        {
            var entry = dataset.Cases[index];
            var sources = CaseSources.Of(dataset, entry);
            var reused = IsUpToDate(CaseFile.PathOf(folder, entry.Id), sources, settings);
            if (!reused)
            {
                memory.Run(MemoryOf(entry, plan), () => ProcessFiles(entry, sources, plan, folder, options));
            }

            progress?.Report(new PreprocessingProgress(Interlocked.Increment(ref done), dataset.Cases.Count, entry.Id, reused));
        }

        ParallelCases.For(dataset.Cases.Count, ProcessOne, options.MaxParallelism, cancellation);
        new StoreMark([.. dataset.Cases.Select(c => c.Id).Order(StringComparer.Ordinal)]).Write(folder);
    }

    /// <summary>What a case takes at most while it is worked on, in bytes (as tests/Benchmarks measures it).</summary>
    private static long MemoryOf(DatasetCase entry, Plan plan)
    {
        const int TimesItsVoxels = 4;
        var header = entry.ReadHeader();
        var spacing = AxisPermutation.Apply(header.Spacing, plan.AxisOrder);
        var resampled = Enumerable.Range(0, 3).Aggregate((double)header.Shape.Count, (count, axis) => count * spacing[axis] / plan.Spacing[axis]);
        var bytes = Math.Max(header.Shape.Count, resampled) * header.Channels * sizeof(float) * TimesItsVoxels;
        return bytes < long.MaxValue / 2 ? (long)bytes : long.MaxValue / 2; // a spacing that is no size is refused when the case is processed
    }

    private static void ProcessFiles(DatasetCase entry, IReadOnlyList<SourceFile> sources, Plan plan, string folder, PreprocessingOptions options)
    {
        var processed = Process(entry.ReadImage(), entry.ReadLabels(), plan, entry.Id);
        var foreground = ForegroundSampler.Draw(processed.Labels.Data, plan.Classes.Count, plan.Labels, options);
        var header = new CaseHeader(
            entry.Id,
            sources,
            Settings(options),
            Content: "",
            processed.Image.Channels,
            processed.Image.Shape,
            processed.Geometry,
            new SortedDictionary<int, int>(foreground.ToDictionary(pair => pair.Key, pair => pair.Value.Length)));
        CaseFile.Write(folder, header, processed, foreground);
    }

    private static void PrepareStore(Plan plan, string folder, PreprocessingOptions options)
    {
        var planFile = Path.Combine(folder, CaseStore.PlanFile);
        if (File.Exists(planFile))
        {
            var other = Plan.Load(planFile);
            if (!plan.HasSamePreprocessing(other))
            {
                if (!options.Replace)
                {
                    throw new PreprocessingException(
                        $"{folder} holds cases preprocessed with another plan (dataset {other.Dataset}, spacing {other.Spacing}; wanted {plan.Dataset}, "
                            + $"{plan.Spacing}, or other channels, classes or normalisation); choose another folder, delete it, or allow it to be replaced.");
                }

                StoreMark.Remove(folder); // first, so that a store that is being emptied never looks whole
                foreach (var file in Directory.GetFiles(folder, "*" + CaseFile.Extension))
                {
                    File.Delete(file);
                }
            }
        }

        StoreMark.Remove(folder);
        plan.Save(planFile);
    }

    private static bool IsUpToDate(string path, IReadOnlyList<SourceFile> sources, string settings)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        try
        {
            var header = CaseFile.ReadHeader(path).Header;
            return header.Settings == settings && header.Sources.SequenceEqual(sources);
        }
        catch (PreprocessingException)
        {
            // A damaged case is made again.
            return false;
        }
    }

    /// <summary>The settings of the foreground list.</summary>
    private static string Settings(PreprocessingOptions options) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"{options.ForegroundVoxels} {options.MinForegroundShare} {options.Seed}");
}
