using System.Text.Json;
using AdwUNet.Architectures;
using AdwUNet.Datasets;
using AdwUNet.Experiments;
using AdwUNet.Phantom;
using AdwUNet.Planning;
using AdwUNet.Runs;
using AdwUNet.Tests.Golden;

namespace AdwUNet.Runs.Tests.Experiments;

public class PaperTaskTests
{
    public static TheoryData<string> Published => [.. PaperTask.All.Where(task => task.Published is not null).Select(task => task.Dataset)];

    public static TheoryData<string> WithGeometry => [.. PaperTask.All.Where(task => task.Geometry is not null).Select(task => task.Dataset)];

    public static TheoryData<string> WithoutGeometry => [.. PaperTask.All.Where(task => task.Geometry is null).Select(task => task.Dataset)];

    [Fact]
    public void All_ten_tasks_are_there_and_the_six_of_planner_json_have_a_geometry()
    {
        Assert.Equal(Enumerable.Range(1, 10), PaperTask.All.Select(task => int.Parse(task.Dataset[4..6], System.Globalization.CultureInfo.InvariantCulture)));
        var golden = Golden("planner.json").GetProperty("planner").EnumerateObject().Select(task => task.Name).Where(name => name != "AxisLast");
        Assert.Equal(golden.Order(StringComparer.Ordinal), WithGeometry.Select(row => row.Data[7..]).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Published))]
    public void A_task_has_the_weights_that_the_authors_network_has(string dataset)
    {
        var task = PaperTask.Named(dataset);
        var golden = Golden("param_counts.json").GetProperty(dataset[7..]);
        Assert.Equal(golden.GetProperty("in_channels").GetInt32(), task.Modalities.Count);
        Assert.Equal(golden.GetProperty("num_classes").GetInt32(), task.Classes.Count);
        var published = golden.GetProperty("published_AdwUNet");
        Assert.Equal(published.GetProperty("arch_list").GetRawText().Replace(" ", "", StringComparison.Ordinal).ReplaceLineEndings(""), task.Published!.ToString().Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(published.GetProperty("total").GetInt64(), NetworkCost.Of(task.Published, task.PublishedPlan()).Weights);
        Assert.Equal(
            golden.GetProperty("AdwUNet_search_max3").GetProperty("total").GetInt64(),
            NetworkCost.Of(SearchSpace.Published(Family.AdwUNet), task.PublishedPlan()).Weights);
    }

    [Theory]
    [MemberData(nameof(WithGeometry))]
    public void A_task_is_the_median_case_of_the_planner(string dataset)
    {
        var task = PaperTask.Named(dataset);
        var golden = Golden("planner.json").GetProperty("planner").GetProperty(dataset[7..]);
        Assert.Equal(golden.GetProperty("num_cases").GetInt32(), task.Cases);
        Assert.Equal(golden.GetProperty("num_modalities").GetInt32(), task.Modalities.Count);
        Assert.Equal(golden.GetProperty("num_classes_incl_bg").GetInt32(), task.Classes.Count);
        var stage = golden.GetProperty("stages").EnumerateObject().Last().Value;
        Assert.Equal(stage.GetProperty("patch_size").EnumerateArray().Select(v => v.GetInt32()), task.PublishedPlan().PatchSize.ToArray());
        Assert.Equal(stage.GetProperty("batch_size").GetInt32(), task.PublishedPlan().BatchSize);
    }

    [Theory]
    [MemberData(nameof(WithGeometry))]
    public void Without_its_data_a_phantom_of_the_same_geometry_is_used(string dataset)
    {
        SkipWithData(dataset);
        using var folder = new TemporaryFolder();
        var task = PaperTask.Named(dataset);
        var experiment = task.Experiment(folder.Root, device: "cpu");
        Assert.True(experiment.IsPhantom);
        Assert.Equal(("quick", task.PhantomName), (experiment.Profile.Name, experiment.DatasetName));
        PhantomDataset.Create(experiment.DatasetFolder, task.Phantom with { Cases = 1 }, cancellation: TestContext.Current.CancellationToken);
        var data = Dataset.Load(experiment.DatasetFolder);
        Assert.Equal((task.Modalities.Count, task.Classes.Count), (data.Modalities.Count, data.Classes.Count));
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(data.Folder, DecathlonSubmission.TestFolder)));
        var fingerprint = Fingerprint.Compute(data, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(task.Geometry!.Spacing.ToArray(), fingerprint.Cases[0].Spacing.ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
        var plan = Planner.Plan(fingerprint, experiment.Profile.Planner);
        Assert.Equal(task.PublishedPlan().Normalization.Select(n => n.Scheme), plan.Normalization.Select(n => n.Scheme));
    }

    [Theory]
    [MemberData(nameof(WithoutGeometry))]
    public void Without_its_data_a_task_of_unknown_geometry_says_that_it_needs_them(string dataset)
    {
        SkipWithData(dataset);
        using var folder = new TemporaryFolder();
        var message = Assert.Throws<ExperimentException>(() => PaperTask.Named(dataset).Experiment(folder.Root, device: "cpu")).Message;
        Assert.StartsWith($"{dataset} needs its data", message, StringComparison.Ordinal);
        Assert.Contains($"fetch-msd.cs -- {dataset} data", message, StringComparison.Ordinal);
        Assert.DoesNotContain("Task06", message[dataset.Length..].Replace(dataset, "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void With_its_data_an_experiment_is_on_them()
    {
        using var folder = new TemporaryFolder();
        var dataset = DataFolder is null ? "Task06_Lung" : PaperTask.All.Select(task => task.Dataset).First(name => Directory.Exists(Path.Combine(DataFolder, name)));
        if (DataFolder is null) Directory.CreateDirectory(Path.Combine(folder.Root, "data", dataset));
        Assert.Equal(dataset, PaperTask.Named(dataset).Experiment(folder.Root, device: "cpu").DatasetName);
    }

    [Fact]
    public void Unknown_task_is_refused_with_the_names_of_all() =>
        Assert.Contains("choose Task01_BrainTumour, ", Assert.Throws<ExperimentException>(() => PaperTask.Named("Prostate")).Message, StringComparison.Ordinal);

    [Fact]
    public void Networks_of_one_task_have_runs_of_their_own()
    {
        using var folder = new TemporaryFolder();
        var names = PaperNetwork.All.Select(network => PaperTask.Prostate.Experiment(folder.Root, device: "cpu", network: network).RunName).ToArray();
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.Equal(Family.AdUNet, PaperTask.Prostate.Experiment(folder.Root, device: "cpu", network: PaperNetwork.Named("AdUNet")).Family);
    }

    [Theory]
    [InlineData("auto", false, true, "quick")]
    [InlineData("auto", false, false, "quick")]
    [InlineData("auto", true, true, "laptop")]
    [InlineData("auto", true, false, "paper")]
    [InlineData("paper", false, true, "paper")]
    public void The_profile_fits_what_is_there(string wished, bool hasData, bool isOnCpu, string profile) =>
        Assert.Equal(profile, PaperTask.ProfileOf(wished, hasData, isOnCpu));

    private static JsonElement Golden(string file) => JsonDocument.Parse(File.ReadAllText(GoldenFiles.PathOf(file))).RootElement;

    private static string? DataFolder => Environment.GetEnvironmentVariable(Experiment.DataVariable) is { Length: > 0 } data ? data : null;

    private static void SkipWithData(string dataset) => Assert.SkipWhen(
        DataFolder is not null && Directory.Exists(Path.Combine(DataFolder, dataset)),
        $"{dataset} is in {DataFolder}, so that its phantom is not used.");
}
