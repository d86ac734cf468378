using AdwUNet.Architectures;
using AdwUNet.Experiments;
using AdwUNet.Phantom;
using AdwUNet.Planning;

namespace AdwUNet.Runs.Tests.Experiments;

public class ExperimentTests
{
    [Fact]
    public void Unknown_profile_is_refused_with_the_known_ones()
    {
        var fault = Assert.Throws<ExperimentException>(() => new Experiment(".", "phantom", "slow"));
        Assert.Equal("There is no profile 'slow'; choose check, quick, laptop or paper.", fault.Message);
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("..")]
    public void Run_name_that_is_no_folder_name_is_refused(string run) =>
        Assert.Contains("cannot be a run's name", Assert.Throws<ExperimentException>(
            () => new Experiment(".", "phantom", "quick", "cpu", 1, run)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:x")]
    public void Unknown_device_is_refused(string device) =>
        Assert.Contains($"'{device}'", Assert.Throws<DeviceException>(() => new Experiment(".", "phantom", "quick", device)).Message, StringComparison.Ordinal);

    [Fact]
    public void Missing_steps_say_which_notebook_to_run()
    {
        using var folder = new TemporaryFolder();
        var experiment = new Experiment(folder.Root, "phantom", "quick", "cpu");
        Assert.Contains("01-preprocess", Assert.Throws<ExperimentException>(experiment.OpenStore).Message, StringComparison.Ordinal);
        Assert.Contains("02-search", Assert.Throws<ExperimentException>(() => experiment.SearchHistory(0)).Message, StringComparison.Ordinal);
        Assert.Contains("02-search", Assert.Throws<ExperimentException>(() => experiment.Architecture(0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_store_that_is_not_there_is_made_and_one_that_is_there_is_left_alone()
    {
        using var folder = new TemporaryFolder();
        var experiment = new Experiment(folder.Root, "phantom", "quick", "cpu");
        Plan plan;
        using (var made = experiment.EnsureStore(cancellation: TestContext.Current.CancellationToken))
        {
            plan = made.Plan;
            Assert.Equal(new PhantomOptions().Cases, made.Cases.Count);
            Assert.Equal(experiment.Profile.Planner.PatchSize, plan.PatchSize);
        }

        Assert.True(File.Exists(experiment.FingerprintPath), "the fingerprint is missing");
        Dictionary<string, DateTime> Times() => Directory.GetFiles(experiment.PreprocessedFolder).ToDictionary(path => path, File.GetLastWriteTimeUtc);
        var times = Times();
        using (experiment.EnsureStore(cancellation: TestContext.Current.CancellationToken))
        {
            Assert.Equal(times, Times());
        }

        // Stopped before its end: what is there is kept.
        var mark = Path.Combine(experiment.PreprocessedFolder, "store.json");
        File.Delete(mark);
        using (experiment.EnsureStore(cancellation: TestContext.Current.CancellationToken))
        {
            var cases = times.Where(file => file.Key != mark && !file.Key.EndsWith("plan.json", StringComparison.Ordinal));
            Assert.All(cases, file => Assert.Equal(file.Value, File.GetLastWriteTimeUtc(file.Key)));
            Assert.True(File.Exists(mark), "it is still unfinished");
        }
    }

    [Fact]
    public void An_ablation_lies_among_the_run_s_files_and_has_the_profile_s_size()
    {
        using var folder = new TemporaryFolder();
        var experiment = new Experiment(folder.Root, "phantom", "quick", "cpu");
        using var store = experiment.EnsureStore(cancellation: TestContext.Current.CancellationToken);

        var ablation = experiment.Ablation("depth", store, 1, [new("published", experiment.Space)], [1, 2]);

        Assert.Equal(Path.Combine(experiment.Folder, "ablations", "depth", "fold1"), ablation.Folder);
        var (search, training) = (experiment.Profile.Ablation.Search, experiment.Profile.Ablation.Training);
        Assert.Equal(2 * ((search.Epochs * search.IterationsPerEpoch) + (training.Epochs * training.IterationsPerEpoch)), ablation.Iterations);
        var fault = Assert.Throws<ExperimentException>(() => experiment.Ablation("..", store, 0, [new("published", experiment.Space)], [1]));
        Assert.Equal("'..' cannot be an ablation's name; use letters, digits, '-', '_' and '.'.", fault.Message);
    }

    [Fact]
    public void An_ablation_s_runs_are_as_any_other_unless_the_profile_says_else()
    {
        var paper = Profile.Named("paper");
        Assert.Equal(new AblationOptions(paper.Search, paper.Training), paper.Ablation);
        var quick = Profile.Named("quick");
        Assert.True(quick.Ablation.Search.Epochs < quick.Search.Epochs, "an ablation's runs are as long as a single one");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(5)]
    public void A_fold_that_cross_validation_does_not_have_is_refused(int fold)
    {
        var experiment = new Experiment(".", "phantom", "quick", "cpu");
        Action[] uses = [() => experiment.SearchFolder(fold), () => experiment.TrainingFolder(fold), () => experiment.ArchitecturePath(fold), () => experiment.Cases(null!, fold)];
        Assert.All(uses, use => Assert.Equal($"There is no fold {fold}; choose 0 to 4.", Assert.Throws<ExperimentException>(use).Message));
    }

    [Fact]
    public void Seed_reaches_search_and_training()
    {
        var profile = new Experiment(".", "phantom", "quick", "cpu", seed: 7).Profile;
        Assert.Equal((7UL, 7UL), (profile.Search.Seed, profile.Training.Seed));
    }

    [Fact]
    public void Paper_profile_is_the_published_one()
    {
        var paper = Profile.Named("paper");
        Assert.Equal(SearchSpace.Published(Family.AdwUNet), paper.Space(Family.AdwUNet));
        Assert.Equal((250, 250, 100), (paper.Search.Epochs, paper.Search.IterationsPerEpoch, paper.Search.WarmUpEpochs));
        Assert.Equal((1000, 250), (paper.Training.Epochs, paper.Training.IterationsPerEpoch));
        Assert.Equal(0, paper.MonitorEvery);
    }

    [Fact]
    public void Every_profile_has_a_valid_space_for_every_family()
    {
        foreach (var (profile, family) in Profile.All.SelectMany(p => Enum.GetValues<Family>().Select(f => (p, f))))
        {
            profile.Space(family).Validate();
            profile.Search.Validate();
            profile.Training.Validate();
            profile.Ablation.Search.Validate();
            profile.Ablation.Training.Validate();
        }
    }
}
