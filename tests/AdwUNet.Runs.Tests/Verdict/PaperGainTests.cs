using AdwUNet.Experiments;
using AdwUNet.Verdict;

namespace AdwUNet.Runs.Tests.Verdict;

/// <summary>The paper's gains beside those of the study.</summary>
public class PaperGainTests
{
    private static readonly HippocampusStudy Study = new("unused");

    [Fact]
    public void Every_network_of_Table_5_has_its_run_in_the_study()
    {
        var gains = PaperGain.Of(new([.. Study.Rows.Select((run, i) => Result(run, 0.001 * i))]));
        Assert.Equal(PaperTable5.Rows.Skip(1).Select(row => row.Name), gains.Select(gain => gain.Network));
        Assert.All(gains, gain => Assert.NotNull(gain.Ours));
        Assert.Equal((200, 40), (gains.Single(gain => gain.Network == "AwU-Net").Ours!.Folds.Count, gains.Single(gain => gain.Network == "width × 2").Ours!.Folds.Count));
        Assert.Equal(0.7738 - 0.7544, gains[^1].Printed, 12);
    }

    [Fact]
    public void Networks_are_compared_on_common_folds_with_seed_1_and_are_missing_without_one()
    {
        GridResult[] results = [Result(Study.Row("manual, fold 0, seed 1"), 0), Result(Study.Row("AdwU-Net, fold 0, seed 1"), 0.01), Result(Study.Row("AdwU-Net, fold 0, seed 2"), 0.03), Result(Study.Row("AdU-Net, fold 1, seed 1"), 0.02)];
        var gains = PaperGain.Of(new(results)).ToDictionary(gain => gain.Network, gain => gain.Ours);
        Assert.Equal(0.01, gains["AdwU-Net"]!.Interval.Mean, 9);
        Assert.Null(gains["AdU-Net"]);
        Assert.Null(gains["both × 0.5"]);
    }

    private static GridResult Result(GridRun run, double gain) => MadeResults.Of(run, [.. Enumerable.Range(0, 40).Select(scan => 0.85 + gain + (0.001 * (scan % 7)))]);
}
