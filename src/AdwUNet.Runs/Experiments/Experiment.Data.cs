using AdwUNet.Datasets;
using AdwUNet.Evaluation;
using AdwUNet.Imaging;
using AdwUNet.Phantom;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using AdwUNet.Runs;

namespace AdwUNet.Experiments;

/// <content>
/// The dataset and its preprocessed cases. Every way to the cases or to the results of a search compares the contents of the dataset's files with those that
/// were preprocessed, so that no notebook mixes old and new data.
/// </content>
public sealed partial class Experiment
{
    // Opening the cases compares the files. Reading results compares them only if nothing did before: a notebook reads several.
    private readonly HashSet<string> _compared = [];

    /// <summary>How the files of the dataset are read. When null, as the preprocessed cases were read if they exist, else as the files are.</summary>
    public DatasetOptions? DatasetOptions { get; init; }

    /// <summary>Opens the dataset. Generates a phantom first if it does not exist.</summary>
    /// <param name="progress">Reported with the number of generated phantom cases.</param>
    /// <param name="cancellation">Stops the generation.</param>
    /// <exception cref="ExperimentException">There is no such dataset.</exception>
    /// <exception cref="DatasetException">Its description is missing or damaged.</exception>
    public Dataset OpenDataset(IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        if (PhantomOf(DatasetName) is { } options)
        {
            PhantomDataset.Create(DatasetFolder, options, progress, cancellation);
        }
        else if (!Directory.Exists(DatasetFolder))
        {
            throw new ExperimentException(
                $"There is no dataset {DatasetName} in {_dataRoot}; set {DataVariable} to the folder that holds it, fetch a task of the "
                + $"decathlon with 'dotnet run data-scripts/fetch-msd.cs -- TASK \"{_dataRoot}\"', or use dataset '{Phantom}'.");
        }

        return Dataset.Load(DatasetFolder, OptionsOfDataset());
    }

    /// <summary>Why a dataset has too few cases for the folds of this profile, with what would do; null if it has enough. Ask before preprocessing.</summary>
    /// <param name="data">The dataset.</param>
    public string? TooFewCases(Dataset data) => ExperimentCases.TooFew(data.Cases.Count, Profile);

    /// <summary>
    /// The cases whose files have another content than when they were preprocessed, and cases that only the dataset or only the preprocessed cases have.
    /// None if nothing was preprocessed yet, or if the preprocessed cases are damaged, so that preprocessing makes them again.
    /// </summary>
    /// <param name="data">The dataset.</param>
    /// <param name="cancellation">Stops the comparison.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IReadOnlyList<CaseChange> ChangedCases(Dataset data, CancellationToken cancellation = default)
    {
        try
        {
            if (StoreMark.Read(PreprocessedFolder) is null) return [];
            using var store = CaseStore.Open(PreprocessedFolder);
            return store.ChangesSince(data, cancellation);
        }
        catch (AdwUNetException)
        {
            return [];
        }
    }

    /// <summary>Opens the preprocessed cases. Preprocesses them as <c>01-preprocess</c> does if they do not exist.</summary>
    /// <param name="progress">Reported after every case, from several threads.</param>
    /// <param name="cancellation">Stops the preprocessing; the next call resumes it.</param>
    /// <exception cref="ExperimentException">There is no such dataset, or it has too few cases for the folds.</exception>
    /// <exception cref="DatasetException">The dataset has faults.</exception>
    /// <exception cref="PreprocessingException">A case cannot be preprocessed or changed since it was, or a file of the store is damaged.</exception>
    public CaseStore EnsureStore(IProgress<PreprocessingProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (StoreMark.Read(PreprocessedFolder) is null)
        {
            var data = OpenDataset(cancellation: cancellation);
            if (TooFewCases(data) is { } tooFew) throw new ExperimentException(tooFew);
            data.Check(cancellation: cancellation);
            var fingerprint = Fingerprint.Compute(data, cancellation: cancellation);
            fingerprint.Save(FingerprintPath);
            Preprocessor.Run(data, Planner.Plan(fingerprint, Profile.Planner), PreprocessedFolder, progress, cancellation);
            _compared.Add(PreprocessedFolder);
            return CaseStore.Open(PreprocessedFolder);
        }

        return OpenCompared(cancellation);
    }

    /// <summary>Opens the preprocessed cases that <c>01-preprocess</c> wrote.</summary>
    /// <exception cref="ExperimentException">They do not exist.</exception>
    /// <exception cref="PreprocessingException">The dataset changed since, or a file of the store is damaged.</exception>
    public CaseStore OpenStore() => Directory.Exists(PreprocessedFolder)
        ? OpenCompared()
        : throw Missing("preprocessed cases", PreprocessedFolder, "01-preprocess");

    /// <summary>Opens a store after comparing the dataset with it. The dataset may be gone: then only the preprocessed cases are used.</summary>
    private CaseStore OpenCompared(CancellationToken cancellation = default)
    {
        var store = CaseStore.Open(PreprocessedFolder);
        try
        {
            if (DatasetOptions is { } options && options.Orientation?.ToString() != store.Plan.Orientation)
            {
                throw new ExperimentException(
                    $"The cases in {PreprocessedFolder} were preprocessed with the orientation {store.Plan.Orientation ?? "of each file"}, "
                    + $"and the dataset's options ask for {options.Orientation?.ToString() ?? "that of each file"}; "
                    + "preprocess the dataset again (01-preprocess) with these options, or leave the options out.");
            }

            if (Directory.Exists(DatasetFolder)) store.RequireUnchanged(Dataset.Load(DatasetFolder, OptionsOfDataset()), cancellation);
            _compared.Add(PreprocessedFolder);
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Saves the evaluation of the training on a fold, with the contents of the evaluated cases.</summary>
    /// <param name="fold">0..4.</param>
    /// <param name="report">The result of each case that neither search nor training used.</param>
    /// <param name="store">The preprocessed cases.</param>
    public void SaveEvaluation(int fold, EvaluationReport report, CaseStore store)
    {
        report.Save(EvaluationPath(fold));
        JsonFile.Save(EvaluatedCasesPath(fold), CaseContent.Of(KnownCases.Tested(store, Cases(store, fold))));
    }

    /// <summary>The saved evaluations by their folds.</summary>
    /// <exception cref="RunException">Cases of a training or of an evaluation changed since; the message names them.</exception>
    /// <exception cref="EvaluationException">A file is damaged.</exception>
    /// <exception cref="PreprocessingException">The dataset changed since it was preprocessed.</exception>
    public IReadOnlyDictionary<int, EvaluationReport> Evaluations()
    {
        int[] folds = [.. Enumerable.Range(0, Splits.FoldCount).Where(fold => File.Exists(EvaluationPath(fold)))];
        RequireSameData(folds.SelectMany(fold => (KnownCases[])
        [
            KnownCases.OfTraining(TrainingFolder(fold), fold),
            KnownCases.OfEvaluation(EvaluationPath(fold), fold, EvaluatedCases(fold)),
        ]));
        return folds.ToDictionary(fold => fold, fold => EvaluationReport.Load(EvaluationPath(fold)));
    }

    /// <summary>Checks before results are read that they are of the cases of now.</summary>
    /// <exception cref="RunException">Cases changed; the message names them.</exception>
    /// <exception cref="PreprocessingException">The dataset changed since it was preprocessed.</exception>
    internal void RequireSameData(IEnumerable<KnownCases> results)
    {
        if (StoreMark.Read(PreprocessedFolder) is null) return; // the results are all that is left
        using var store = _compared.Contains(PreprocessedFolder) ? CaseStore.Open(PreprocessedFolder) : OpenCompared();
        foreach (var known in results) CaseContent.RequireSame(known.Path, known.Content, CaseContent.Of(known.Used(store, Cases(store, known.Fold))));
    }

    private void RequireSameSearch(int fold) => RequireSameData([KnownCases.OfSearch(SearchFolder(fold), fold)]);

    private string EvaluationPath(int fold) => Path.Combine(TrainingFolder(fold), "evaluation.json");

    private string EvaluatedCasesPath(int fold) => Path.Combine(TrainingFolder(fold), "evaluation.cases.json");

    // Earlier versions wrote no such file.
    private IReadOnlyDictionary<string, string?> EvaluatedCases(int fold) => File.Exists(EvaluatedCasesPath(fold))
        ? JsonFile.Load<SortedDictionary<string, string?>>(EvaluatedCasesPath(fold), (message, error) => new RunException(message, error))
        : CaseContent.Of();

    private DatasetOptions OptionsOfDataset()
    {
        if (DatasetOptions is not null) return DatasetOptions;
        var path = Path.Combine(PreprocessedFolder, CaseStore.PlanFile);
        if (!File.Exists(path)) return new DatasetOptions();
        var plan = Plan.Load(path);
        return new DatasetOptions
        {
            Orientation = plan.Orientation is { } letters ? AxisOrientation.Parse(letters) : null,
            RenumberLabels = plan.Labels?.FileValues.Count > 0,
        };
    }
}
