using System.Globalization;
using AdwUNet.Architectures;
using AdwUNet.Experiments;
using AdwUNet.Imaging;
using AdwUNet.Prediction;
using AdwUNet.Sampling;
using AdwUNet.Search;
using AdwUNet.Tests;
using AdwUNet.Tests.Planning;
using AdwUNet.Training;

namespace AdwUNet.Runs.Tests.Experiments;

public class RunEstimateTests
{
    private static readonly Planning.Plan Plan = TestPlans.Small(new(1, 1, 1));
    private static readonly SearchSpace Space = SearchSpace.Published(Family.AdwUNet) with { BaseWidth = 6, MaxWidth = 12 };
    private static readonly Architecture Network = PublishedArchitectures.NnUNet(Plan.PoolCount, Space);

    [Fact]
    public void A_search_is_its_weight_steps_architecture_steps_and_validations()
    {
        var cost = NetworkCost.Of(Space, Plan);
        var options = new SearchOptions { Epochs = 5, WarmUpEpochs = 2, IterationsPerEpoch = 7, ValidationIterations = 3 };
        Assert.Equal((35.0 * cost.WeightStepFlops) + (42.0 * cost.ArchitectureStepFlops) + (15.0 * cost.ForwardFlops), RunEstimate.OfSearch(options, Space, Plan));
    }

    [Fact]
    public void A_training_is_its_steps_and_validations_at_its_own_sizes()
    {
        var options = new TrainingOptions { Epochs = 4, IterationsPerEpoch = 10, ValidationIterations = 2, Sampling = new SamplingOptions { BatchSize = 1 } };
        var cost = NetworkCost.Of(Network, Plan with { BatchSize = 1 });
        Assert.Equal((40.0 * cost.WeightStepFlops) + (8.0 * cost.ForwardFlops), RunEstimate.OfTraining(options, Network, Plan));
    }

    [Fact]
    public void A_scan_is_its_tiles_times_their_mirrorings()
    {
        // 16 voxels in 33 with steps of at most 8: 4 tiles an axis; the axis of 10 is padded to one tile.
        var plan = Plan with { MedianShape = new Shape3(33, 33, 10) };
        var forward = NetworkCost.Of(Network, plan with { BatchSize = 1 }).ForwardFlops;
        Assert.Equal(4.0 * 4 * 8 * forward, RunEstimate.OfScan(new PredictionOptions(), Network, plan));
        Assert.Equal(3.0 * 3 * forward, RunEstimate.OfScan(new PredictionOptions { StepSize = 1, MirrorAxes = [] }, Network, plan));
    }

    [Fact]
    public void The_protocol_is_a_search_five_trainings_and_all_segmentations()
    {
        var settings = RunSettings.Of(Profile.Paper) with { Space = Space };
        var given = RunEstimate.Of(settings, Plan, Network, cases: 20, testCases: 3);
        Assert.Equal(0, given.Search);
        Assert.Equal(5 * RunEstimate.OfTraining(settings.Training, Network, Plan), given.Training);
        Assert.Equal((20 + 15) * RunEstimate.OfScan(settings.Prediction, Network, Plan), given.Segmentation);
        var searched = RunEstimate.Of(settings, Plan, network: null, cases: 20, testCases: 3);
        Assert.Equal(RunEstimate.OfSearch(settings.Search, Space, Plan), searched.Search);
        Assert.True(searched.Training > given.Training && searched.Bytes > given.Bytes);
    }

    [Fact]
    public void Every_row_of_a_task_with_a_geometry_has_an_estimate() => Assert.All(PaperExperiment.All, row =>
    {
        foreach (var profile in (Profile[])[Profile.Check, Profile.Laptop, Profile.Paper])
        {
            var estimate = row.Estimate(profile);
            Assert.Equal(row.Task.Geometry is null, estimate is null);
            if (estimate is not null) Assert.True(estimate is { Training: > 0, Segmentation: > 0, Bytes: > 0 } && estimate.Search > 0 == row.Network.IsSearched);
        }
    });

    [Fact]
    public void A_searched_row_counts_the_published_network_where_there_is_one()
    {
        var row = new PaperExperiment(PaperTask.Prostate, PaperNetwork.Named("AdwUNet"));
        var published = new PaperExperiment(PaperTask.Prostate, PaperNetwork.Named("published", PaperTask.Prostate)).Estimate(Profile.Paper)!;
        Assert.Equal(published.Training, row.Estimate(Profile.Paper)!.Training);
        Assert.True(row.Estimate(Profile.Paper)!.Search > 0);
    }

    /// <summary>The sentence on memory below Table 5 in paper-tables.</summary>
    [Fact]
    public void Half_the_depth_has_40_percent_fewer_feature_maps_and_13_percent_less_printed_memory()
    {
        var plan = PaperTask.Prostate.PublishedPlan();
        var (full, half) = (PaperTable5.Rows.Single(row => row.Name == "nnU-Net"), PaperTable5.Rows.Single(row => row.Name == "depth × 0.5"));
        Assert.Equal(0.40, 1 - ((double)NetworkCost.Of(half.Architecture, plan).Activations / NetworkCost.Of(full.Architecture, plan).Activations), 0.005);
        Assert.Equal(0.13, 1 - ((double)half.TrainingMegabytes / full.TrainingMegabytes), 0.005);
    }

    [Fact]
    public void Rates_follow_from_the_stated_durations()
    {
        var search = RunEstimate.OfSearch(new SearchOptions(), SearchSpace.Published(Family.AdwUNet), PaperTask.Prostate.PublishedPlan());
        Assert.Equal(2, ComputeRate.V100.TimeOf(search).TotalDays, 1e-9);
        var hippocampus = PaperTask.Hippocampus.PublishedPlan();
        var step = NetworkCost.Of(PublishedArchitectures.NnUNet(hippocampus.PoolCount), hippocampus).WeightStepFlops;
        Assert.Equal((9, 1.7), (hippocampus.BatchSize, Math.Round(ComputeRate.H100.TimeOf(250_000.0 * step).TotalHours, 9)));
    }

    /// <summary>The benchmarks are measured anew from time to time; the rates are for estimates.</summary>
    [Theory]
    [InlineData("| AdwU-Net weight step, float32 ", ComputeRate.PublishedStep)]
    [InlineData("| laptop supernet, 12 to 96, weight step ", ComputeRate.QuarterStep)]
    public void Rates_of_two_cores_are_those_of_the_benchmarks(string row, double step)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "tests", "Benchmarks", "RESULTS.md"));
        var cells = text.Split('\n').First(line => line.StartsWith(row, StringComparison.Ordinal)).Split('|').Select(cell => cell.Trim().Split(' '));
        Assert.Contains(cells, cell => cell.Length > 1 && cell[1] == "s" && double.TryParse(cell[0], CultureInfo.InvariantCulture, out var seconds) && seconds / step is > 0.67 and < 1.5);
    }

    [Fact]
    public void Narrow_networks_in_bfloat16_reach_the_operations_a_second_of_wide_ones_in_float32() =>
        Assert.InRange(ComputeRate.TwoCores(Profile.Laptop).OperationsPerSecond / ComputeRate.TwoCores(Profile.Paper).OperationsPerSecond, 0.7, 1.5);

    [Fact]
    public void This_machine_is_measured()
    {
        var rate = ComputeRate.Measure(Plan, Network, new TrainingOptions());
        Assert.InRange(rate.OperationsPerSecond, 1e6, 1e14);
        Assert.Equal(TimeSpan.FromSeconds(2), rate.TimeOf(2 * rate.OperationsPerSecond));
    }
}
