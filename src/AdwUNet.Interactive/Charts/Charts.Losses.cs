using AdwUNet.Search;
using AdwUNet.Training;
using Plotly.NET;

namespace AdwUNet.Interactive;

/// <summary>The charts and drawings of the notebooks. Each returns something that a notebook shows when it is a cell's last expression.</summary>
public static partial class Charts
{
    // Two stacked plots with one x axis; fractions of the height.
    private const double Gap = 0.08;
    private const double LossShare = 0.56;
    private const int TwoPlotHeight = 540;

    /// <summary>The losses of a search over its epochs, with the Dice of each class below. The warm-up, which trains only weights, is shaded.</summary>
    /// <param name="epochs">The history, in order.</param>
    /// <param name="classes">Names as in <see cref="Planning.Plan.TargetNames"/> (index 0 is the background); null numbers them.</param>
    /// <exception cref="ChartException">There are no epochs, or the names do not fit.</exception>
    public static GenericChart Losses(IReadOnlyList<SearchEpoch> epochs, IReadOnlyList<string>? classes = null)
    {
        RequireEpochs(epochs, nameof(Losses));
        var x = epochs.Select(e => e.Epoch).ToArray();
        var traces = new List<Node>
        {
            Plot.Line("weight steps", x, epochs.Select(e => (double?)e.WeightLoss).ToArray(), Theme.Blue),
            Plot.Line("architecture steps", x, epochs.Select(e => e.ArchitectureLoss).ToArray(), Theme.Purple),
            Plot.Line("validation", x, epochs.Select(e => (double?)e.ValidationLoss).ToArray(), Theme.Vermillion, dashed: true),
        };
        traces.AddRange(DiceTraces(x, epochs.Select(e => e.ValidationDice).ToList(), classes));
        var layout = LossLayout("Search: losses and Dice");
        var warmUp = epochs.TakeWhile(e => e.ArchitectureLoss is null).Count();
        if (warmUp > 0)
        {
            var from = x[0];
            var to = x[warmUp - 1] + 0.5;
            layout["shapes"] = new[] { Shade(from, to) };
            layout["annotations"] = new[]
            {
                Plot.Note("warm-up: weights only", from, 1 - LossShare + (Gap / 2), "x", "paper", new Node
                {
                    ["xanchor"] = "left",
                    ["yanchor"] = "bottom",
                    ["font"] = new Node { ["size"] = Theme.SmallFontSize },
                }),
            };
        }

        return Plot.Chart(traces, layout, "Lower loss is better. A validation loss far above the loss of the weight steps means overfitting. Dice is 1 if prediction and reference are equal.");
    }

    /// <summary>The losses of a training over its epochs, with the Dice of each class and its moving average below.</summary>
    /// <param name="epochs">The history, in order.</param>
    /// <param name="classes">Names as in <see cref="Planning.Plan.TargetNames"/> (index 0 is the background); null numbers them.</param>
    /// <exception cref="ChartException">There are no epochs, or the names do not fit.</exception>
    public static GenericChart Losses(IReadOnlyList<TrainingEpoch> epochs, IReadOnlyList<string>? classes = null)
    {
        RequireEpochs(epochs, nameof(Losses));
        var x = epochs.Select(e => e.Epoch).ToArray();
        var traces = new List<Node>
        {
            Plot.Line("training", x, epochs.Select(e => (double?)e.TrainingLoss).ToArray(), Theme.Blue),
            Plot.Line("validation", x, epochs.Select(e => (double?)e.ValidationLoss).ToArray(), Theme.Vermillion, dashed: true),
        };
        traces.AddRange(DiceTraces(x, epochs.Select(e => e.ValidationDice).ToList(), classes));
        traces.Add(Plot.Line("Dice, moving average", x, epochs.Select(e => (double?)e.MovingAverageDice).ToArray(), Theme.Grey, "2", dashed: true));
        return Plot.Chart(traces, LossLayout("Training: losses and Dice"),
            "Lower loss is better. The run keeps the model with the best moving average of Dice.");
    }

    /// <summary>Temperature of the Gumbel-softmax and learning rate of the weights over a search's epochs.</summary>
    /// <param name="epochs">The history, in order.</param>
    /// <exception cref="ChartException">There are no epochs.</exception>
    public static GenericChart Temperature(IReadOnlyList<SearchEpoch> epochs)
    {
        RequireEpochs(epochs, nameof(Temperature));
        return Temperature(epochs.Select(e => e.Temperature).ToList(), epochs.Select(e => e.WeightLearningRate).ToList(), epochs[0].Epoch);
    }

    /// <summary>The same from bare schedules, such as those of a search that has not run yet.</summary>
    /// <param name="temperatures">One per epoch.</param>
    /// <param name="learningRates">One per epoch.</param>
    /// <param name="firstEpoch">The index of the first.</param>
    /// <exception cref="ChartException">The two differ in length or are empty.</exception>
    public static GenericChart Temperature(IReadOnlyList<double> temperatures, IReadOnlyList<double> learningRates, int firstEpoch = 0)
    {
        if (temperatures.Count == 0 || temperatures.Count != learningRates.Count)
        {
            throw new ChartException($"Found {temperatures.Count} temperatures and {learningRates.Count} learning rates; give one of each per epoch.");
        }

        var x = Enumerable.Range(firstEpoch, temperatures.Count).ToArray();
        var layout = TwoPlots("Schedules", "temperature τ", "learning rate");
        layout["showlegend"] = false;
        ((Node)layout["yaxis"]!)["rangemode"] = "tozero";
        ((Node)layout["yaxis2"]!)["rangemode"] = "tozero";
        return Plot.Chart(
            [
                Plot.Line("temperature τ", x, [.. temperatures.Select(t => (double?)t)], Theme.Purple),
                Plot.Line("learning rate of the weights", x, [.. learningRates.Select(r => (double?)r)], Theme.Blue, "2"),
            ],
            layout,
            "At a low temperature each random choice of width and depth is close to a single option.");
    }

    private static IEnumerable<Node> DiceTraces(int[] x, List<IReadOnlyList<double?>> dice, IReadOnlyList<string>? classes)
    {
        var count = dice.Max(d => d.Count);
        if (classes is not null && classes.Count != count + 1)
        {
            throw new ChartException($"Found {classes.Count} class names for {count} foreground classes; give the background's name and then one name per foreground class.");
        }

        for (var c = 0; c < count; c++)
        {
            var name = classes is null ? $"class {c + 1}" : classes[c + 1];
            yield return Plot.Line($"Dice, {name}", x, dice.Select(d => c < d.Count ? d[c] : null).ToArray(), Theme.Class(c + 1), "2");
        }
    }

    private static Node LossLayout(string title)
    {
        var layout = TwoPlots(title, "loss", "Dice", LossShare);
        ((Node)layout["yaxis2"]!)["range"] = new[] { 0, 1.02 };
        return layout;
    }

    // The x axis belongs to the lower plot, the upper one shares it.
    private static Node TwoPlots(string title, string upper, string lower, double upperShare = 0.5) => new()
    {
        ["title"] = title,
        ["height"] = TwoPlotHeight,
        ["hovermode"] = "x unified",
        ["xaxis"] = Plot.Axis("epoch", new Node { ["anchor"] = "y2", ["rangemode"] = "nonnegative" }),
        ["yaxis"] = Plot.Axis(upper, new Node { ["domain"] = new[] { 1 - upperShare + (Gap / 2), 1 } }),
        ["yaxis2"] = Plot.Axis(lower, new Node { ["domain"] = new[] { 0, 1 - upperShare - (Gap / 2) } }),
    };

    private static Node Shade(double from, double to) => new()
    {
        ["type"] = "rect",
        ["xref"] = "x",
        ["yref"] = "paper",
        ["x0"] = from,
        ["x1"] = to,
        ["y0"] = 0,
        ["y1"] = 1,
        ["fillcolor"] = Theme.WithOpacity(Theme.Grey, 0.15),
        ["line"] = new Node { ["width"] = 0 },
        ["layer"] = "below",
    };

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;

    private static void RequireEpochs<T>(IReadOnlyList<T> epochs, string chart)
    {
        if (epochs.Count == 0)
        {
            throw new ChartException($"The history given to {chart} has no epochs; run at least one.");
        }
    }
}
