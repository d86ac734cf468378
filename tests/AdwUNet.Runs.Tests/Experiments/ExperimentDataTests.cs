using System.Diagnostics;
using System.Globalization;
using AdwUNet.Datasets;
using AdwUNet.Evaluation;
using AdwUNet.Experiments;
using AdwUNet.Imaging;
using AdwUNet.Phantom;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using AdwUNet.Runs;

namespace AdwUNet.Runs.Tests.Experiments;

/// <summary>What an experiment checks of its data.</summary>
public sealed class ExperimentDataTests : IDisposable
{
    private const string Name = "Task90_Data";

    private readonly TemporaryFolder _folder = new(inMemory: true);
    private readonly string? _data = Environment.GetEnvironmentVariable(Experiment.DataVariable);

    public ExperimentDataTests() => Environment.SetEnvironmentVariable(Experiment.DataVariable, null);

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Experiment.DataVariable, _data);
        _folder.Dispose();
    }

    [Fact]
    public void A_changed_label_is_named_wherever_cases_or_results_are_opened()
    {
        Make(10);
        var experiment = New();
        using (var store = experiment.EnsureStore(cancellation: TestContext.Current.CancellationToken))
        using (var search = Search(experiment, store))
        {
            _ = search.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        }

        Assert.NotEmpty(New().SearchHistory(0));
        var data = experiment.OpenDataset(cancellation: TestContext.Current.CancellationToken);
        Assert.Empty(experiment.ChangedCases(data, TestContext.Current.CancellationToken));
        CorrectLabel(data.Cases[1].LabelPath);

        // Under the store.
        Assert.Equal("phantom_002", Assert.Single(experiment.ChangedCases(data, TestContext.Current.CancellationToken)).CaseId);
        Action<Experiment>[] uses = [e => e.EnsureStore(), e => e.OpenStore(), e => e.SearchHistory(0), e => e.Architecture(0)];
        foreach (var use in uses)
        {
            Assert.Equal(
                $"1 case(s) of {Name} changed since they were preprocessed into {experiment.PreprocessedFolder} (phantom_002 has another content in labelsTr/phantom_002.nii.gz); "
                + "preprocess the dataset again (01-preprocess), and give a new name to runs that used the old cases.",
                Assert.Throws<PreprocessingException>(() => use(New())).Message);
        }

        // Under the finished search, once they are preprocessed again.
        Preprocessor.Run(data, CaseStore.Open(experiment.PreprocessedFolder).Plan, experiment.PreprocessedFolder, cancellation: TestContext.Current.CancellationToken);
        using var changed = New().OpenStore();
        uses = [e => e.SearchHistory(0), e => e.Architecture(0), e => Search(e, changed)];
        foreach (var use in uses)
        {
            Assert.Contains("on other preprocessed cases (phantom_002 has other content); choose a new run name", Assert.Throws<RunException>(() => use(New())).Message, StringComparison.Ordinal);
        }

        Directory.Delete(experiment.DatasetFolder, recursive: true); // the preprocessed cases suffice
        New().OpenStore().Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // no run used the case but for its evaluation
    public void A_finished_grid_is_not_read_beside_changed_cases(bool isTest)
    {
        var experiment = TinyGrids.Experiment(_folder.Root);
        Grid Grid() => TinyGrids.Experiment(_folder.Root).Grid("grid", folds: [0]).Add("nnU-Net's", e => e with { Architecture = ArchitectureSource.Manual });
        _ = Grid().Run(cancellation: TestContext.Current.CancellationToken);
        var data = experiment.OpenDataset(cancellation: TestContext.Current.CancellationToken);
        using (var store = experiment.EnsureStore(cancellation: TestContext.Current.CancellationToken))
        {
            var cases = experiment.Cases(store, 0);
            CorrectLabel(data.Cases.First(item => item.Id == (isTest ? cases.TestIds[0] : cases.Training[0].Id)).LabelPath);
        }

        foreach (var read in (Action[])[() => Grid().Run(), () => Grid().Results()])
            Assert.Contains("changed since they were preprocessed", Assert.Throws<PreprocessingException>(read).Message, StringComparison.Ordinal);
        Preprocessor.Run(data, Plan.Load(Path.Combine(experiment.PreprocessedFolder, "plan.json")), experiment.PreprocessedFolder, cancellation: TestContext.Current.CancellationToken);
        foreach (var read in (Action[])[() => Grid().Run(), () => Grid().Results()])
            Assert.Contains("on other preprocessed cases", Assert.Throws<RunException>(read).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_evaluation_is_read_only_beside_the_cases_that_it_evaluated()
    {
        Make(10);
        var experiment = New();
        var data = experiment.OpenDataset(cancellation: TestContext.Current.CancellationToken);
        string test;
        using (var store = experiment.EnsureStore(cancellation: TestContext.Current.CancellationToken))
        {
            test = experiment.Cases(store, 1).TestIds[0];
            Directory.CreateDirectory(experiment.TrainingFolder(1));
            var labels = data.Cases.First(item => item.Id == test).ReadLabels();
            experiment.SaveEvaluation(1, new EvaluationReport([CaseResult.Compare(test, labels, labels, data.Classes)]), store);
        }

        Assert.Equal([1], New().Evaluations().Keys);
        CorrectLabel(data.Cases.First(item => item.Id == test).LabelPath);
        Preprocessor.Run(data, Plan.Load(Path.Combine(experiment.PreprocessedFolder, "plan.json")), experiment.PreprocessedFolder, cancellation: TestContext.Current.CancellationToken);
        Assert.Contains($"evaluation.json holds a run on other preprocessed cases ({test} has other content)", Assert.Throws<RunException>(() => New().Evaluations()).Message, StringComparison.Ordinal);
    }

    [Fact]
    [Promise("Comparing the contents of all files of a dataset with the preprocessed cases, as every notebook does first, takes less than 5 % of the time of preprocessing")]
    public void Comparing_all_files_takes_less_than_a_twentieth_of_preprocessing()
    {
        var experiment = new Experiment(_folder.Root, Experiment.Phantom, "check", "cpu");
        var data = experiment.OpenDataset(cancellation: TestContext.Current.CancellationToken);
        var clock = Stopwatch.StartNew();
        using var store = experiment.EnsureStore(cancellation: TestContext.Current.CancellationToken);
        var preprocessing = clock.Elapsed;
        var comparing = Enumerable.Range(0, 5).Min(_ =>
        {
            clock.Restart();
            Assert.Empty(store.ChangesSince(data, TestContext.Current.CancellationToken));
            return clock.Elapsed;
        });
        Assert.InRange(comparing / preprocessing, 0, 0.05);
        PromiseTable.Kept(string.Create(CultureInfo.InvariantCulture, $"{data.Cases.Count} cases: {100 * comparing / preprocessing:0.0} %"));
    }

    [Theory]
    [InlineData("check", 6, "6 labelled case(s) are too few for the profile check (fold 0 would have 2 for half A, 2 for half B, 0 to monitor it); add 1 or more, so that there are 7, or choose the profile paper or paper-text.")]
    [InlineData("paper", 3, "3 labelled case(s) are too few for the profile paper (there are 5 folds); add 2 or more, so that there are 5.")]
    [InlineData("laptop", 12, "12 labelled case(s) are too few for the profile laptop (fold 0 would have 4 for half A, 5 for half B, 0 to monitor it); add 1 or more, so that there are 13, or choose the profile check or quick or paper or paper-text.")]
    public void Too_few_cases_are_told_before_preprocessing_with_what_would_do(string profile, int cases, string message)
    {
        Make(cases);
        var experiment = New(profile);
        Assert.Equal(message, experiment.TooFewCases(experiment.OpenDataset(cancellation: TestContext.Current.CancellationToken)));
        Assert.Equal(message, Assert.Throws<ExperimentException>(() => experiment.EnsureStore(cancellation: TestContext.Current.CancellationToken)).Message);
        Assert.False(Directory.Exists(experiment.PreprocessedFolder), "cases were preprocessed all the same");
    }

    [Fact]
    public void As_many_cases_as_are_asked_for_are_enough_for_every_fold()
    {
        Make(7);
        var experiment = New();
        Assert.Null(experiment.TooFewCases(experiment.OpenDataset(cancellation: TestContext.Current.CancellationToken)));
        using var store = experiment.EnsureStore(cancellation: TestContext.Current.CancellationToken);
        Assert.All(Enumerable.Range(0, 5), fold => Assert.NotEmpty(experiment.Cases(store, fold).Monitor));
    }

    [Theory]
    [InlineData("check")]
    [InlineData("paper")]
    public void On_the_fold_of_all_cases_every_case_trains_and_validates(string profile)
    {
        Make(7);
        var experiment = New(profile);
        string[] all = [.. experiment.OpenDataset(cancellation: TestContext.Current.CancellationToken).Cases.Select(item => item.Id)];
        using var store = New().EnsureStore(cancellation: TestContext.Current.CancellationToken);
        var cases = experiment.Cases(store, Splits.AllCases);
        var split = Splits.All(all);
        Assert.Equal((3, 4), (split.TrainA.Count, split.TrainB.Count));
        Assert.Equal(split.TrainA, cases.Search.A.Select(item => item.Id));
        Assert.Equal(split.TrainB, cases.Search.B.Select(item => item.Id));
        Assert.Equal(all, cases.Search.Validation.Select(item => item.Id));
        Assert.Equal(all, cases.Training.Select(item => item.Id));
        Assert.Equal(all, cases.Monitor.Select(item => item.Id));
        Assert.Equal(all, cases.TestIds);
        Assert.EndsWith(Path.Combine("search", "foldall"), experiment.SearchFolder(Splits.AllCases), StringComparison.Ordinal);
        var run = experiment.Grid("grid", folds: [Splits.AllCases]).Add("searched").Runs.Single();
        Assert.Equal(("searched, fold all, seed 1", true), (run.Name, run.Folder.EndsWith(Path.Combine("searched", "foldall", "seed1"), StringComparison.Ordinal)));
    }

    [Fact]
    public void Options_of_the_dataset_hold_for_preprocessing_and_for_every_later_reader()
    {
        Make(7);
        var turned = new Experiment(_folder.Root, Name, "check", "cpu") { DatasetOptions = new DatasetOptions { Orientation = AxisOrientation.Parse("LPS") } };
        using (var store = turned.EnsureStore(cancellation: TestContext.Current.CancellationToken))
        {
            Assert.Equal("LPS", store.Plan.Orientation);
        }

        Assert.Equal("LPS", New().OpenDataset(cancellation: TestContext.Current.CancellationToken).Orientation.ToString());
        New().OpenStore().Dispose();
        var plain = new Experiment(_folder.Root, Name, "check", "cpu") { DatasetOptions = new DatasetOptions() };
        Assert.Contains("were preprocessed with the orientation LPS", Assert.Throws<ExperimentException>(plain.OpenStore).Message, StringComparison.Ordinal);
    }

    private static SearchRun Search(Experiment experiment, CaseStore store) => new(
        experiment.SearchFolder(0), store.Plan, experiment.Space, experiment.Cases(store, 0).Search, experiment.Profile.Search, experiment.Device);

    /// <summary>As <c>cp -p</c> of a corrected label: other content, the same time.</summary>
    private static void CorrectLabel(string path)
    {
        var time = File.GetLastWriteTimeUtc(path);
        var labels = ImageFile.ReadLabels(path);
        labels.Data[Array.IndexOf(labels.Data, (short)1)] = 2;
        ImageFile.WriteLabels(path, labels, ImageFile.ReadHeader(path));
        File.SetLastWriteTimeUtc(path, time);
    }

    private void Make(int cases) => PhantomDataset.Create(
        _folder.PathOf("data", Name), new PhantomOptions { Name = Name, Cases = cases, Size = new(16, 18, 20) }, cancellation: TestContext.Current.CancellationToken);

    private Experiment New(string profile = "check") => new(_folder.Root, Name, profile, "cpu");
}
