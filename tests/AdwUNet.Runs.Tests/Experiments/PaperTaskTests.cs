using System.Text.Json;
using AdwUNet.Architectures;
using AdwUNet.Datasets;
using AdwUNet.Experiments;
using AdwUNet.Phantom;
using AdwUNet.Planning;
using AdwUNet.Tests.Golden;

namespace AdwUNet.Runs.Tests.Experiments;

public class PaperTaskTests
{
    public static TheoryData<string> Datasets => [.. PaperTask.All.Select(task => task.Dataset)];

    [Theory]
    [MemberData(nameof(Datasets))]
    public void A_task_has_the_weights_that_the_authors_network_has(string dataset)
    {
        var task = Named(dataset);
        var golden = Golden("param_counts.json").GetProperty(dataset[7..]);
        Assert.Equal(golden.GetProperty("in_channels").GetInt32(), task.Modalities.Count);
        Assert.Equal(golden.GetProperty("num_classes").GetInt32(), task.Classes.Count);
        var published = golden.GetProperty("published_AdwUNet");
        Assert.Equal(published.GetProperty("arch_list").GetRawText().Replace(" ", "", StringComparison.Ordinal).ReplaceLineEndings(""), task.Published.ToString().Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(published.GetProperty("total").GetInt64(), NetworkCost.Of(task.Published, task.PublishedPlan()).Weights);
        Assert.Equal(
            golden.GetProperty("AdwUNet_search_max3").GetProperty("total").GetInt64(),
            NetworkCost.Of(SearchSpace.Published(Family.AdwUNet), task.PublishedPlan()).Weights);
    }

    [Theory]
    [MemberData(nameof(Datasets))]
    public void A_task_is_the_median_case_of_the_planner(string dataset)
    {
        var task = Named(dataset);
        var golden = Golden("planner.json").GetProperty("planner").GetProperty(dataset[7..]);
        Assert.Equal(golden.GetProperty("num_cases").GetInt32(), task.Cases);
        var stage = golden.GetProperty("stages").EnumerateObject().Last().Value;
        Assert.Equal(stage.GetProperty("patch_size").EnumerateArray().Select(v => v.GetInt32()), task.PublishedPlan().PatchSize.ToArray());
    }

    [Theory]
    [MemberData(nameof(Datasets))]
    public void Without_its_data_a_phantom_of_the_same_geometry_is_used(string dataset)
    {
        using var folder = new TemporaryFolder();
        var task = Named(dataset);
        var experiment = task.Experiment(folder.Root, device: "cpu");
        Assert.True(experiment.IsPhantom);
        Assert.Equal(("quick", task.PhantomName), (experiment.Profile.Name, experiment.DatasetName));
        PhantomDataset.Create(experiment.DatasetFolder, task.Phantom with { Cases = 1 }, cancellation: TestContext.Current.CancellationToken);
        var data = Dataset.Load(experiment.DatasetFolder);
        Assert.Equal((task.Modalities.Count, task.Classes.Count), (data.Modalities.Count, data.Classes.Count));
        var fingerprint = Fingerprint.Compute(data, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(task.Spacing.ToArray(), fingerprint.Cases[0].Spacing.ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
        var plan = Planner.Plan(fingerprint, experiment.Profile.Planner);
        Assert.Equal(task.PublishedPlan().Normalization.Select(n => n.Scheme), plan.Normalization.Select(n => n.Scheme));
    }

    [Theory]
    [InlineData("auto", false, true, "quick")]
    [InlineData("auto", false, false, "quick")]
    [InlineData("auto", true, true, "laptop")]
    [InlineData("auto", true, false, "paper")]
    [InlineData("paper", false, true, "paper")]
    public void The_profile_fits_what_is_there(string wished, bool hasData, bool isOnCpu, string profile) =>
        Assert.Equal(profile, PaperTask.ProfileOf(wished, hasData, isOnCpu));

    private static PaperTask Named(string dataset) => PaperTask.All.Single(task => task.Dataset == dataset);

    private static JsonElement Golden(string file) => JsonDocument.Parse(File.ReadAllText(GoldenFiles.PathOf(file))).RootElement;
}
