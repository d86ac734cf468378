using System.Text.Json;
using AdwUNet.Architectures;
using AdwUNet.Interactive.Tests.Html;

namespace AdwUNet.Interactive.Tests;

/// <summary>Charts of single decisions: ridges, a slider of temperatures, agreement between searches.</summary>
public class DecisionChartTests
{
    [Fact]
    public void Height_of_a_ridge_is_proportional_to_the_share()
    {
        var history = Samples.Search(4);
        var (traces, layout) = HtmlChecks.Chart(ChartHtml.Render(Charts.RidgeLines(history, block: 1, convolution: 2)));
        var ridges = traces.EnumerateArray().Where(trace => trace.TryGetProperty("customdata", out _)).ToList();
        Assert.Equal(["epoch 3", "epoch 2", "epoch 1", "epoch 0"], ridges.Select(ridge => ridge.GetProperty("name").GetString()));
        foreach (var (ridge, epoch) in ridges.Zip([3, 2, 1, 0]))
        {
            var shares = Decoding.Softmax(history[epoch].Logits.Blocks[1].Alphas[2]);
            Assert.Equal(shares, Numbers(ridge, "customdata"), (x, y) => Math.Abs(x - y) < 1e-4);
            var heights = Numbers(ridge, "y").Select(y => y - epoch).ToArray();
            Assert.Equal(heights[0] / shares[0], heights[^1] / shares[^1], 1e-2);
        }

        Assert.Contains("width of convolution 3", layout.GetProperty("title").GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.InRange(HtmlChecks.Chart(ChartHtml.Render(Charts.RidgeLines(Samples.Search(500), 0))).Traces.GetArrayLength(), 2, 80);
    }

    [Fact]
    public void Ridges_of_a_missing_decision_are_rejected()
    {
        Assert.Contains("no betas", Refusal(() => Charts.RidgeLines(Samples.Search(3, family: Family.AwUNet), 0)), StringComparison.Ordinal);
        Assert.Contains("no alphas", Refusal(() => Charts.RidgeLines(Samples.Search(3, family: Family.AdUNet), 0, 0)), StringComparison.Ordinal);
        Assert.Contains("blocks 0 to 6", Refusal(() => Charts.RidgeLines(Samples.Search(3), 7)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_slider_has_the_shares_of_every_temperature()
    {
        double[] logits = [0.2, 1.5, -0.3], noise = [2, -1, 0.5], temperatures = [5, 1, 0.1];
        var (traces, layout) = HtmlChecks.Chart(ChartHtml.Render(Charts.TemperatureSlider(["a", "b", Samples.Evil], logits, noise, temperatures)));
        var steps = layout.GetProperty("sliders")[0].GetProperty("steps").EnumerateArray().ToList();
        foreach (var (step, temperature) in steps.Zip(temperatures))
        {
            var values = step.GetProperty("args")[0].GetProperty("y");
            Assert.Equal(Decoding.Softmax([.. logits.Select(l => l / temperature)]), Numbers(values[0]), (x, y) => Math.Abs(x - y) < 1e-4);
            Assert.Equal(Decoding.Softmax([.. logits.Zip(noise, (l, g) => (l + g) / temperature)]), Numbers(values[1]), (x, y) => Math.Abs(x - y) < 1e-4);
        }

        Assert.Equal(Numbers(steps[0].GetProperty("args")[0].GetProperty("y")[1]), Numbers(traces[1], "y"));
        Assert.Contains("2 noise values", Refusal(() => Charts.TemperatureSlider(["a", "b", "c"], logits, [1, 2], temperatures)), StringComparison.Ordinal);
        Assert.Contains("positive", Refusal(() => Charts.TemperatureSlider(["a", "b", "c"], logits, noise, [1, 0])), StringComparison.Ordinal);
    }

    [Fact]
    public void Agreement_counts_equal_decisions_and_those_expected_by_chance()
    {
        var one = Logits([0.1, 0.9], [0.5, 0.1, 0.2], [0.1, 0.2, 0.3]);
        var two = Logits([0.8, 0.3], [0.9, 0.1, 0.2], [0.1, 0.2, 0.3]);
        var (traces, layout) = HtmlChecks.Chart(ChartHtml.Render(Charts.Agreement(new Dictionary<string, ArchitectureLogits> { ["seed 1"] = one, ["seed 2"] = two })));
        Assert.Equal(["2", "4", "12"], traces[0].GetProperty("text")[0].EnumerateArray().Select(text => text.GetString()));
        Assert.Equal(["1", "4", "12"], traces[0].GetProperty("text")[1].EnumerateArray().Select(text => text.GetString()));

        // Two searches that choose blindly agree in one of 2 and twice in one of 3: 1/2 + 2/3.
        Assert.StartsWith("2 of 3 decisions agree (random choices: 1.2)", layout.GetProperty("title").GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Contains("but 1 was given", Refusal(() => Charts.Agreement(new Dictionary<string, ArchitectureLogits> { ["seed 1"] = one })), StringComparison.Ordinal);
        var other = Logits([0.1, 0.9, 0.2], [0.5, 0.1, 0.2], [0.1, 0.2, 0.3]);
        Assert.Contains(
            "different decisions", Refusal(() => Charts.Agreement(new Dictionary<string, ArchitectureLogits> { ["a"] = one, ["b"] = other })), StringComparison.Ordinal);
    }

    private static ArchitectureLogits Logits(double[] betas, params double[][] alphas) =>
        new(Family.AdwUNet, [new BlockLogits("block", betas, alphas, [.. alphas.Select(_ => (IReadOnlyList<int>)[4, 8, 12])])]);

    private static string Refusal(Action action) => Assert.Throws<ChartException>(action).Message;

    private static double[] Numbers(JsonElement trace, string name) => Numbers(trace.GetProperty(name));

    private static double[] Numbers(JsonElement values) => [.. values.EnumerateArray().Select(value => value.GetDouble())];
}
