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
        Assert.Equal("There is no profile 'slow'; choose check, quick, laptop, night, paper or paper-text, or give the path of a file that ends in .json.", fault.Message);
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
            Assert.Equal(Planner.Plan(Fingerprint.Load(experiment.FingerprintPath), experiment.Profile.Planner).PatchSize, plan.PatchSize);
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
    public void A_grid_lies_among_the_run_s_files_and_has_the_profile_s_size()
    {
        var experiment = new Experiment("unused", "phantom", "quick", "cpu", family: "AwUNet");
        var grid = experiment.Grid("width").Add("published");

        Assert.Equal(Path.Combine(experiment.Folder, "grids", "width"), grid.Folder);
        Assert.Equal(experiment.Space, grid.Settings.Space);
        Assert.Equal(Profile.Quick.SearchInGrid! with { Seed = 1 }, grid.Settings.Search);
        Assert.Equal(Profile.Paper.Search, RunSettings.Of(Profile.Paper).Search);
        Assert.True(Profile.Quick.SearchInGrid!.Epochs < Profile.Quick.Search.Epochs, "a grid's runs are as long as a single one");
    }

    [Fact]
    public void A_profile_with_another_planner_has_a_folder_of_preprocessed_cases_of_its_own()
    {
        string Folder(Profile profile) => Path.GetFileName(new Experiment(".", "phantom", profile, "cpu").PreprocessedFolder);
        Assert.Equal("phantom-laptop", Folder(Profile.Laptop));
        Assert.Equal("phantom-laptop", Folder(Profile.Laptop with { Search = Profile.Quick.Search }));
        Assert.Matches("^phantom-laptop-[0-9a-f]{8}$", Folder(Profile.Laptop with { Planner = new() }));
        Assert.Matches("^phantom-mine-[0-9a-f]{8}$", Folder(Profile.Laptop with { Name = "mine" }));
    }

    [Fact]
    public void A_dataset_may_be_given_by_its_full_path()
    {
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("Dataset007_Own");
        var experiment = new Experiment(folder.Root, path + Path.DirectorySeparatorChar, "quick", "cpu");
        Assert.Equal(("Dataset007_Own", path, "Dataset007_Own-quick-AdwUNet-seed1"), (experiment.DatasetName, experiment.DatasetFolder, experiment.RunName));
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(5)]
    public void A_fold_that_cross_validation_does_not_have_is_refused(int fold)
    {
        var experiment = new Experiment(".", "phantom", "quick", "cpu");
        Action[] uses = [() => experiment.SearchFolder(fold), () => experiment.TrainingFolder(fold), () => experiment.ArchitecturePath(fold), () => experiment.Cases(null!, fold)];
        Assert.All(uses, use => Assert.Equal($"There is no fold {fold}; choose 0 to 4, or -1 for all cases.", Assert.Throws<ExperimentException>(use).Message));
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
            RunSettings.Of(profile, family).Validate();
        }
    }
}
