using AdwUNet.Experiments;
using AdwUNet.Verdict;

namespace AdwUNet.Runs.Tests.Verdict;

/// <summary>Results of this library against another program's, scan by scan.</summary>
public sealed class PublishedDiceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_mean_of_the_classes_is_compared_on_common_scans()
    {
        var other = Load("case_0_000,a,0.9\ncase_0_000,b,0.7\ncase_0_001,a,0.5\ncase_0_001,b,\nelsewhere,a,0\n");
        Assert.Equal(["case_0_000", "case_0_001", "elsewhere"], other.Dice.Keys.Order());
        var comparison = other.Compare([MadeResults.Of("search", [0.9, 0.7, 0.1])]);
        Assert.Equal((0.8, 0.65), (comparison.Dice, comparison.OtherDice), (a, b) => Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) < 1e-12);
        Assert.Equal([0, 0], comparison.Folds);
        Assert.Contains("search", comparison.Sentence, StringComparison.Ordinal);
        Assert.Contains("another", comparison.Sentence, StringComparison.Ordinal);

        var report = MadeResults.Of("search", [0.9, 0.7, 0.1], fold: 0).Evaluation;
        Assert.Equal(comparison.Interval.Mean, other.Compare("mine", report, fold: 2).Interval.Mean);
        Assert.Equal("The results have 1 scan in common; compare results on the same folds, with at least two scans.",
            Assert.Throws<ExperimentException>(() => other.Compare([MadeResults.Of("search", [0.9])])).Message);
    }

    [Theory]
    [InlineData("case_0_000,a,88.3\n", "has a Dice of 88.3 for case_0_000, a; give numbers from 0 to 1.")]
    [InlineData("case_0_000,a,\"0,883\"\n", "is damaged in line 2")]
    [InlineData("case_0_000,a,0.8\ncase_0_000,a,0.8\n", "has two lines of case_0_000, a; give a file with scan, class and dice (0 to 1) in each line.")]
    public void A_wrong_table_is_refused(string lines, string expected) =>
        Assert.Contains(expected, Assert.Throws<ExperimentException>(() => Load(lines)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_missing_table_is_named() => Assert.Equal("There is no nowhere.csv; give a file with scan, class and dice (0 to 1) in each line.",
        Assert.Throws<ExperimentException>(() => PublishedDice.Load("nowhere.csv", "another")).Message);

    [Fact]
    public void The_committed_table_gives_the_published_mean()
    {
        var nnunet = PublishedDice.Load(Path.Combine(Repository.Root, "notebooks", "results", "hippocampus", "nnunet.csv"), "nnU-Net v2");
        Assert.Equal(200, nnunet.Dice.Count);
        Assert.Equal(0.8904, nnunet.Dice.Values.Average(), 0.002); // published over all 260 cases
    }

    private PublishedDice Load(string lines)
    {
        var path = _folder.PathOf("other.csv");
        File.WriteAllText(path, "scan,class,dice\n" + lines);
        return PublishedDice.Load(path, "another");
    }
}
