using System.Text.Json.Nodes;
using AdwUNet.Architectures;
using AdwUNet.Experiments;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Search;

namespace AdwUNet.Runs.Tests.Experiments;

/// <summary>The study behind the verdict: its runs, and the files of its results.</summary>
public sealed class HippocampusStudyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_study_has_59_runs_in_the_order_in_which_they_are_run()
    {
        var rows = new HippocampusStudy("unused").Rows;
        string[] first =
        [
            "manual, fold 0, seed 1", "AdwU-Net, fold 0, seed 1", "random 1, fold 0, seed 1", "random 2, fold 0, seed 1", "random 3, fold 0, seed 1",
            "random 4, fold 0, seed 1", "AdU-Net, fold 0, seed 1", "AwU-Net, fold 0, seed 1", "AdwU-Net, mask after activation, fold 0, seed 1",
            "random 5, fold 0, seed 1",
        ];
        Assert.Equal(first, rows.Take(first.Length).Select(row => row.Name));
        Assert.Equal((59, 59), (rows.Count, rows.Select(row => row.Key).Distinct().Count()));
        Assert.Equal(59, rows.Select(row => row.Name).Distinct().Count());
        Assert.All(rows, row => Assert.Equal(4000, row.Settings.Training.Epochs * row.Settings.Training.IterationsPerEpoch));
        Assert.All(rows, row => Assert.Equal((Precision.BFloat16, Precision.BFloat16), (row.Settings.Training.Precision, row.Settings.Prediction.Precision)));
        Assert.Equal([1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4], rows.TakeLast(20).Select(row => row.Fold));
        Assert.Equal(29, rows.Count(row => row.Settings.Architecture != ArchitectureSource.Search && row.Variant.Name != HippocampusStudy.Manual));
    }

    [Fact]
    public void The_runs_under_a_budget_come_after_those_of_the_verdict_and_are_none_of_its_grids()
    {
        var study = new HippocampusStudy("unused");
        Assert.Equal(study.Rows, study.AllRows.Take(59));
        Assert.Equal(
            from seed in (int[])[1, 2] from budget in (string[])["0.5", "0.75", "1", "1.5"] select $"budgets/AdwU-Net, budget {budget}/fold0/seed{seed}",
            study.AllRows.Skip(59).Select(row => row.Key));
        Assert.Equal(67, study.AllRows.Select(row => row.Name).Distinct().Count());
        Assert.DoesNotContain(study.Budgets, study.Grids);
        Assert.All(study.Rows, row => Assert.Null(row.Settings.FlopsOfManual));
        Assert.All(study.Rows, row => Assert.DoesNotContain("flopsOfManual", row.Variant.Json.ToJsonString(), StringComparison.Ordinal));
        Assert.Same(study.AllRows[^1], study.Row("AdwU-Net, budget 1.5, fold 0, seed 2"));
    }

    [Fact]
    public void Every_budget_is_a_share_of_the_manual_network_that_networks_of_the_space_reach()
    {
        var study = new HippocampusStudy("unused");
        var plan = TinyRuns.Plan with
        {
            PatchSize = new(40, 56, 40),
            PoolKernels = [.. Enumerable.Repeat(Shape3.Cube(2), 3)],
            ConvKernels = [.. Enumerable.Repeat(Shape3.Cube(3), 4)],
            BatchSize = 2,
        };
        var settings = study.Budgets.Settings;
        var manual = Cost(ArchitectureSource.Manual.Of(settings.Space, 3, 1)!);
        double[] shares = [Cost(Every(width => [settings.Space.WidthOptions(width)[0]])) / manual, Cost(Every(width => [width, width, width])) / manual];
        Assert.Equal([0.14, 3.28], shares.Select(share => Math.Round(share, 2))); // what BudgetShares says
        foreach (var run in study.Budgets.Runs)
        {
            var budget = run.Settings.SearchOn(plan).Budget!;
            Assert.Equal(run.Settings.FlopsOfManual!.Value * manual, budget.Limit, 1e-3);
            Assert.Equal(new Budget(CostKind.Flops, budget.Limit), budget);
            Assert.InRange(budget.Limit, 1.1 * shares[0] * manual, 0.9 * shares[1] * manual);
        }

        Assert.Null(study.Row("AdwU-Net, fold 0, seed 1").Settings.SearchOn(plan).Budget);

        double Cost(Architecture network) => NetworkCost.Of(network, plan).ForwardFlops;

        Architecture Every(Func<int, IReadOnlyList<int>> widths) => Architecture.FromWidths([.. settings.Space.BlockWidths(3).Select(widths)]);
    }

    [Fact]
    public void A_share_of_the_manual_network_is_refused_where_it_has_no_meaning()
    {
        var grid = new HippocampusStudy("unused").Budgets;
        Assert.All(
            new Func<RunSettings, RunSettings>[]
            {
                e => e with { FlopsOfManual = 0 },
                e => e with { FlopsOfManual = 1, Architecture = ArchitectureSource.Manual },
                e => e with { FlopsOfManual = 1, Search = e.Search with { Budget = Budget.Flops(1) } },
            },
            change => Assert.StartsWith("FlopsOfManual is ", Assert.Throws<ExperimentException>(() => grid.Add("refused", change)).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_random_network_is_another_draw_and_is_trained_with_the_same_seed()
    {
        var runs = new HippocampusStudy("unused").Random.Runs;
        var networks = runs.Select(run => run.Settings.Architecture.Of(run.Settings.Space, 3, (ulong)run.Seed)!).ToArray();
        Assert.Equal(20, networks.Distinct().Count());
        Assert.Equal(runs[6].Settings.Space.Draw(3, 7), networks[6]);
        Assert.Equal([1], runs.Select(run => run.Seed).Distinct());
    }

    [Fact]
    public void A_run_is_found_by_its_name() => Assert.StartsWith(
        "The study has no run 'AdwU-Net, fold 7'; it has manual, fold 0, seed 1; ",
        Assert.Throws<ExperimentException>(() => new HippocampusStudy("unused").Row("AdwU-Net, fold 7")).Message, StringComparison.Ordinal);

    [Fact]
    public void Runs_are_run_once_with_the_recorded_threads_and_their_files_give_the_same_results()
    {
        var study = Tiny();
        GridRun[] rows = [study.Rows[0], study.Row("AdwU-Net, mask after activation, fold 0, seed 1"), study.Row("manual, depth × 1.5, fold 0, seed 1"), study.Row("AdwU-Net, budget 0.75, fold 0, seed 2")];
        Assert.All(rows, row => Assert.True(row.TryExecute(1, cancellation: TestContext.Current.CancellationToken)));
        var files = TinyGrids.Files(study.Experiment.Folder);
        Assert.True(rows[1].TryExecute(1, cancellation: TestContext.Current.CancellationToken));
        Assert.Equal(files, TinyGrids.Files(study.Experiment.Folder));
        Assert.Contains("compute with 1 threads", Assert.Throws<RunException>(() => rows[0].TryExecute(2, cancellation: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);

        var (results, folder) = (study.Results(), _folder.PathOf("results"));
        Assert.Equal(rows.Select(row => row.Key), results.Select(result => result.Run.Key));
        ResultFiles.Save(results, folder);
        var read = new HippocampusStudy("elsewhere", study.Experiment.DatasetName, TinyGrids.Profile).AllResults(folder);
        Assert.Equal(rows[..3].Select(row => row.Key), study.Results(folder).Select(result => result.Run.Key)); // of the verdict
        Assert.NotNull(JsonNode.Parse(File.ReadAllText(Path.Combine(rows[3].SearchFolder, "config.json")))!["options"]!["budget"]!["limit"]);

        Assert.Equal(results.Select(Content), read.Select(Content));
        Assert.Equal(results.SelectMany(r => r.Curve), read.SelectMany(r => r.Curve));
        Assert.Equal(results.SelectMany(r => r.Evaluation.Cases).SelectMany(scan => scan.Classes), read.SelectMany(r => r.Evaluation.Cases).SelectMany(scan => scan.Classes));
        Assert.Equal(2 * TinyGrids.Epochs, read[1].Curve.Count);
        Assert.Equal(rows.Select(row => row.Variant.Json.ToJsonString()), ResultFiles.Settings(folder).Select(entry => entry.Value!.ToJsonString()));
        ResultFiles.Save(read, _folder.PathOf("again"));
        foreach (var file in Directory.GetFiles(folder)) Assert.Equal(File.ReadAllText(file), File.ReadAllText(_folder.PathOf("again", Path.GetFileName(file))));

        File.AppendAllText(Path.Combine(folder, "cases.csv"), "networks/manual/fold0/seed1,x,y,often,,1,1\r\n");
        Assert.Contains("is damaged in line", Assert.Throws<ExperimentException>(() => study.Results(folder)).Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, "rows.csv"), File.ReadAllText(Path.Combine(folder, "rows.csv")).Replace("networks/manual", "networks/other", StringComparison.Ordinal));
        Assert.Contains("holds a result of the run 'networks/other/fold0/seed1'", Assert.Throws<ExperimentException>(() => study.Results(folder)).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(folder, "rows.csv"));
        Assert.Contains("export the results of finished runs first", Assert.Throws<ExperimentException>(() => study.Results(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_lacks_a_file_is_not_copied_and_the_file_is_named()
    {
        var row = Tiny().Row("AdwU-Net, fold 0, seed 1");
        row.TryExecute(1, cancellation: TestContext.Current.CancellationToken);
        var folder = Path.Combine(Path.GetRandomFileName(), "run"); // a relative path
        try
        {
            ResultFiles.SaveRun(row, folder);
            Assert.True(File.Exists(Path.Combine(folder, "training", row.Settings.WeightsFile)));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(folder)!, recursive: true);
        }

        File.Delete(Path.Combine(row.SearchFolder, "timing.jsonl"));
        Assert.Contains("timing.jsonl cannot be read", Assert.Throws<RunException>(() => ResultFiles.SaveRun(row, _folder.PathOf("copy"))).Message, StringComparison.Ordinal);
    }

    private static (string, double?, double?, long, long, string, RunCost, RunOrigin) Content(GridResult result) => (
        result.Run.Key, result.Dice, result.HausdorffDistance95, result.Weights, result.ForwardFlops, result.Architecture.ToString(), result.Cost, result.Origin);

    private HippocampusStudy Tiny()
    {
        var experiment = TinyGrids.Experiment(_folder.Root); // makes the dataset
        return new(_folder.Root, experiment.DatasetFolder, TinyGrids.Profile);
    }
}
