using AdwUNet.Architectures;
using AdwUNet.Experiments;

namespace AdwUNet.Runs.Tests.Experiments;

/// <summary>The figures of the paper against each other.</summary>
public class PaperTablesTests
{
    [Fact]
    public void Tables_have_all_rows_and_columns()
    {
        Assert.Equal(24 * 5, PaperTables.Table2.Count);
        Assert.Equal(4 * 3, PaperTables.Table3.Count);
        Assert.Equal(7 * 4, PaperTables.Table4.Count);
        Assert.Equal(PaperTask.All.Select(task => task.Dataset).Append(PaperTables.AllTasks).Order(), PaperTables.Table2.Select(f => f.Dataset).Distinct().Order());
        Assert.All(PaperTables.All, figure => Assert.InRange(figure.Dice, 0.4, 1));
        Assert.All(PaperTask.All, task => Assert.Equal(
            task.Classes.Count == 2 ? 1 : task.Classes.Count, PaperTables.Table2.Count(f => f.Dataset == task.Dataset && f.Method == "DiNTS")));
    }

    [Fact]
    public void Two_printed_means_contradict_their_figures()
    {
        var found = PaperTables.Contradictions();
        Assert.Equal([("Task04_Hippocampus", "nnU-Net"), (PaperTables.AllTasks, "DiNTS")], found.Select(c => (c.Printed.Dataset, c.Printed.Method)));
        Assert.Equal(0.85165, found[0].Recomputed, 1e-9); // a misprint of class 1
        Assert.Equal(0.77918, found[1].Recomputed, 1e-9); // the last digit
    }

    [Theory]
    [InlineData("nnU-Net")]
    [InlineData("AdU-Net")]
    [InlineData("AwU-Net")]
    [InlineData("AdwU-Net")]
    public void Tables_3_and_5_and_4_print_the_same_Dice_of_the_prostate(string method)
    {
        var printed = PaperTables.MeanDice(3, "Task05_Prostate", method);
        Assert.Equal(printed, PaperTable5.Rows.Single(row => row.Name == method).Dice);
        Assert.True(PaperTables.MeanDice(4, "Task05_Prostate", method) is not { } inTable4 || inTable4 == printed);
    }

    [Fact]
    public void Mean_of_a_task_with_one_class_is_that_class_and_of_an_unknown_one_null()
    {
        Assert.Equal(0.9334, PaperTables.MeanDice(2, "Task02_Heart", "AdwU-Net"));
        Assert.Equal(0.8190, PaperTables.MeanDice(2, "Task05_Prostate", "AdwU-Net"));
        Assert.Null(PaperTables.MeanDice(3, "Task02_Heart", "AdwU-Net"));
    }

    [Fact]
    public void Networks_have_the_names_of_the_tables_and_their_architectures()
    {
        Assert.Equal(PaperTable5.Rows.Select(row => row.Name).Order(StringComparer.Ordinal), PaperNetwork.All.Select(network => network.Title).Order(StringComparer.Ordinal));
        var space = SearchSpace.Published(Family.AdwUNet);
        foreach (var row in PaperTable5.Rows)
        {
            var network = PaperNetwork.All.Single(network => network.Title == row.Name);
            Assert.Equal(network.IsSearched ? null : row.Architecture, network.Architecture(space, poolCount: 6));
        }

        Assert.Equal(PublishedArchitectures.HeartAdw, PaperNetwork.Named("published", PaperTask.Heart).Architecture(space, 5));
    }

    [Fact]
    public void Unknown_and_unpublished_networks_are_refused()
    {
        Assert.Contains("choose nnU-Net, AdUNet, ", Assert.Throws<ExperimentException>(() => PaperNetwork.Named("depth 1.5")).Message, StringComparison.Ordinal);
        Assert.StartsWith(
            "The authors published no network for Task04_Hippocampus; ",
            Assert.Throws<ExperimentException>(() => PaperNetwork.Named("published", PaperTask.Hippocampus)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Experiments_name_each_printed_row_that_can_be_run_here()
    {
        var printed = PaperExperiment.All.SelectMany(row => row.Published.Select(p => (p.Table, row.Task.Dataset, row.Network.Title))).ToList();
        Assert.Equal(20, printed.Count(p => p.Table == "Table 2")); // ten tasks, two methods
        Assert.Equal(4, printed.Count(p => p.Table == "Table 3"));
        Assert.Equal(6, printed.Count(p => p.Table == "Table 4"));
        Assert.Equal(12, printed.Count(p => p.Table == "Table 5"));
        Assert.Equal("-p task=Task05_Prostate -p network=depth-1.5", PaperExperiment.All.Single(row => row.Network.Name == "depth-1.5").Parameters);
    }
}
