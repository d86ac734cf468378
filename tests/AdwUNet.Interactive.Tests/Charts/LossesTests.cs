using System.Text.Json;
using AdwUNet.Interactive.Tests.Html;
using AdwUNet.Search;
using AdwUNet.Training;

namespace AdwUNet.Interactive.Tests;

public class LossesTests
{
    [Fact]
    public void A_search_has_three_losses_and_the_dice_of_each_class()
    {
        var (traces, _) = HtmlChecks.Chart(ChartHtml.Render(Charts.Losses(Samples.Search(10))));

        Assert.Equal(["weight steps", "architecture steps", "validation", "Dice, class 1", "Dice, class 2"],
            traces.EnumerateArray().Select(t => t.GetProperty("name").GetString()));
        Assert.Equal(0.5, traces[0].GetProperty("y")[1].GetDouble());
        Assert.Equal(JsonValueKind.Null, traces[1].GetProperty("y")[0].ValueKind);
        Assert.Equal(JsonValueKind.Null, traces[4].GetProperty("y")[0].ValueKind);
    }

    [Fact]
    public void The_warm_up_is_shaded_up_to_the_first_architecture_step()
    {
        var (_, layout) = HtmlChecks.Chart(ChartHtml.Render(Charts.Losses(Samples.Search(10, warmUp: 4))));

        var shade = layout.GetProperty("shapes")[0];
        Assert.Equal(0, shade.GetProperty("x0").GetDouble());
        Assert.Equal(3.5, shade.GetProperty("x1").GetDouble());
    }

    [Fact]
    public void Without_warm_up_nothing_is_shaded()
    {
        var (_, layout) = HtmlChecks.Chart(ChartHtml.Render(Charts.Losses(Samples.Search(3, warmUp: 0))));

        Assert.False(layout.TryGetProperty("shapes", out _));
    }

    [Fact]
    public void A_training_has_two_losses_dice_and_the_moving_average_and_leaves_gaps_for_NaN()
    {
        TrainingEpoch[] epochs =
        [
            new() { Epoch = 0, TrainingLoss = double.NaN, ValidationLoss = 1, ValidationDice = [0.5], MovingAverageDice = 0.5, LearningRate = 0.01, Seconds = 1 },
            new() { Epoch = 1, TrainingLoss = 0.25, ValidationLoss = 1, ValidationDice = [null], MovingAverageDice = 0.5, LearningRate = 0.01, Seconds = 1 },
        ];

        var (traces, _) = HtmlChecks.Chart(ChartHtml.Render(Charts.Losses(epochs)));

        Assert.Equal(4, traces.GetArrayLength());
        Assert.Equal(JsonValueKind.Null, traces[0].GetProperty("y")[0].ValueKind);
        Assert.Equal(0.25, traces[0].GetProperty("y")[1].GetDouble());
    }

    [Fact]
    public void Empty_history_and_wrong_class_names_are_rejected_in_one_sentence()
    {
        Assert.Contains("no epochs", Assert.Throws<ChartException>(() => Charts.Losses(Array.Empty<SearchEpoch>())).Message, StringComparison.Ordinal);
        Assert.Contains("2 class names for 2", Assert.Throws<ChartException>(() => Charts.Losses(Samples.Search(2), ["a", "b"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Temperature_and_learning_rate_have_a_plot_each()
    {
        var (traces, _) = HtmlChecks.Chart(ChartHtml.Render(Charts.Temperature([5, 4.85], [0.01, 0.009], 100)));

        Assert.Equal([100, 101], traces[0].GetProperty("x").EnumerateArray().Select(v => v.GetInt32()));
        Assert.Equal(4.85, traces[0].GetProperty("y")[1].GetDouble());
        Assert.Equal("y2", traces[1].GetProperty("yaxis").GetString());
        Assert.Throws<ChartException>(() => Charts.Temperature([5], [0.01, 0.02]));
    }
}
