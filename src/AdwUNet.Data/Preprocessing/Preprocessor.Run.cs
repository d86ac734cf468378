using AdwUNet.Datasets;
using AdwUNet.Imaging;
using AdwUNet.Planning;

namespace AdwUNet.Preprocessing;

/// <content>Preprocessing of a whole dataset into a store.</content>
public static partial class Preprocessor
{
    /// <summary>
    /// Preprocesses all training cases into a store. Cases that already exist, from the same files with the same settings, are kept:
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
        DecathlonDataset dataset,
        Plan plan,
        string folder,
        IProgress<PreprocessingProgress>? progress = null,
        CancellationToken cancellation = default) =>
        Run(dataset, plan, folder, new PreprocessingOptions(), progress, cancellation);

    /// <inheritdoc cref="Run(DecathlonDataset, Plan, string, IProgress{PreprocessingProgress}, CancellationToken)"/>
    /// <param name="dataset">The dataset.</param>
    /// <param name="plan">Its plan, kept in the store.</param>
    /// <param name="folder">The store's folder; made if it does not exist.</param>
    /// <param name="options">Parallelism, replacing, foreground lists.</param>
    /// <param name="progress">Told after every case, from several threads.</param>
    /// <param name="cancellation">Ends the run between cases.</param>
    public static void Run(
        DecathlonDataset dataset,
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
        void ProcessOne(int index)
        {
            var entry = dataset.Cases[index];
            var source = SourceOf(entry, options);
            var reused = IsUpToDate(CaseFile.PathOf(folder, entry.Id), source);
            if (!reused)
            {
                memory.Run(MemoryOf(entry, plan), () => ProcessFiles(entry, source, plan, folder, options));
            }

            progress?.Report(new PreprocessingProgress(Interlocked.Increment(ref done), dataset.Cases.Count, entry.Id, reused));
        }

        ParallelCases.For(dataset.Cases.Count, ProcessOne, options.MaxParallelism, cancellation);
        new StoreMark([.. dataset.Cases.Select(c => c.Id).Order(StringComparer.Ordinal)]).Write(folder);
    }

    /// <summary>What a case takes at most while it is worked on, in bytes (as tests/Benchmarks measures it).</summary>
    private static long MemoryOf(DecathlonCase entry, Plan plan)
    {
        const int TimesItsVoxels = 4;
        var header = Nifti.ReadHeader(entry.ImagePath);
        var spacing = AxisPermutation.Apply(header.Spacing, plan.AxisOrder);
        var resampled = Enumerable.Range(0, 3).Aggregate((double)header.Shape.Count, (count, axis) => count * spacing[axis] / plan.Spacing[axis]);
        var bytes = Math.Max(header.Shape.Count, resampled) * header.Channels * sizeof(float) * TimesItsVoxels;
        return bytes < long.MaxValue / 2 ? (long)bytes : long.MaxValue / 2; // a spacing that is no size is refused when the case is processed
    }

    private static void ProcessFiles(DecathlonCase entry, string source, Plan plan, string folder, PreprocessingOptions options)
    {
        var processed = Process(Nifti.ReadVolume(entry.ImagePath), Nifti.ReadLabels(entry.LabelPath), plan, entry.Id);
        var foreground = ForegroundSampler.Draw(processed.Labels.Data, plan.Classes.Count, options);
        var header = new CaseHeader(
            entry.Id,
            source,
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
                        $"{folder} holds cases preprocessed with another plan (dataset {other.Dataset}, spacing {other.Spacing}; wanted {plan.Dataset}, {plan.Spacing}, or other channels, classes or normalisation); choose another folder, delete it, or allow it to be replaced.");
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

    private static bool IsUpToDate(string path, string source)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        try
        {
            return CaseFile.ReadHeader(path).Header.Source == source;
        }
        catch (PreprocessingException)
        {
            // A damaged case is made again.
            return false;
        }
    }

    /// <summary>Changes when a file of the case or a setting of its foreground list does.</summary>
    private static string SourceOf(DecathlonCase entry, PreprocessingOptions options)
    {
        return string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{Stamp(entry.ImagePath)} {Stamp(entry.LabelPath)} {options.ForegroundVoxels} {options.MinForegroundShare} {options.Seed}");

        string Stamp(string path)
        {
            var file = new FileInfo(path);
            return file.Exists
                ? $"{file.Length}@{file.LastWriteTimeUtc.Ticks}"
                : throw new PreprocessingException($"Case {entry.Id}: {path} is missing; complete the dataset.");
        }
    }
}
