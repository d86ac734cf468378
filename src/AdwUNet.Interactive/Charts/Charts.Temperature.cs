using System.Globalization;
using AdwUNet.Architectures;
using Plotly.NET;

namespace AdwUNet.Interactive;

public static partial class Charts
{
    private const int SliderRoom = 170;
    private static readonly int[] BothBars = [0, 1];

    /// <summary>
    /// The effect of the temperature: bars of softmax(logits/τ) and of one Gumbel-softmax draw, with a slider of temperatures.
    /// </summary>
    /// <param name="options">What each logit stands for.</param>
    /// <param name="logits">The alphas of a convolution or the betas of a block.</param>
    /// <param name="noise">Gumbel noise of the draw, one number for each logit; the same at every temperature.</param>
    /// <param name="temperatures">The slider's places, from left to right; all positive.</param>
    /// <exception cref="ChartException">The lengths differ, or a temperature is not positive.</exception>
    public static GenericChart TemperatureSlider(
        IReadOnlyList<string> options, IReadOnlyList<double> logits, IReadOnlyList<double> noise, IReadOnlyList<double> temperatures)
    {
        if (options.Count != logits.Count || noise.Count != logits.Count)
        {
            throw new ChartException($"Found {options.Count} options, {logits.Count} logits and {noise.Count} noise values; give the same number of each.");
        }

        if (temperatures.Count == 0 || temperatures.Any(temperature => !(temperature > 0)))
        {
            throw new ChartException("The slider needs at least one temperature, and all must be positive.");
        }

        double[] Shares(double temperature, double share) =>
            [.. Decoding.Softmax([.. logits.Zip(noise, (logit, draw) => (logit + (share * draw)) / temperature)]).Select(value => Math.Round(value, 4))];
        double[][] At(double temperature) => [Shares(temperature, 0), Shares(temperature, 1)];
        var start = At(temperatures[0]);
        Node Bars(int trace, string name, string color) => new()
        {
            ["type"] = "bar",
            ["name"] = name,
            ["x"] = options.Select(Markup.PlotlyText).ToArray(),
            ["y"] = start[trace],
            ["marker"] = new Node { ["color"] = color },
            ["hovertemplate"] = "%{x}: %{y:.3f}<extra></extra>",
        };
        var steps = temperatures.Select(temperature => new Node
        {
            ["label"] = temperature.ToString("0.##", CultureInfo.InvariantCulture),
            ["method"] = "restyle",
            ["args"] = new object[] { new Node { ["y"] = At(temperature) }, BothBars },
        }).ToArray();
        return Plot.Chart([Bars(0, "softmax, without noise", Theme.Blue), Bars(1, "one Gumbel-softmax draw", Theme.Orange)], new Node
        {
            ["height"] = Theme.Height + SliderRoom,
            ["margin"] = new Node { ["l"] = 60, ["r"] = 20, ["t"] = 70, ["b"] = SliderRoom },
            ["barmode"] = "group",
            ["xaxis"] = Plot.Axis(null),
            ["yaxis"] = Plot.Axis("share", new Node { ["range"] = new[] { 0, 1.02 } }),
            ["sliders"] = new[]
            {
                new Node
                {
                    ["active"] = 0,
                    ["steps"] = steps,
                    ["pad"] = new Node { ["t"] = 70 },
                    ["currentvalue"] = new Node { ["prefix"] = "temperature τ = ", ["xanchor"] = "left" },
                },
            },
        }, "Move the slider. Logits and noise stay the same. A high temperature mixes all options. A low one "
            + "gives nearly all to one option, and the draw's option may differ from the one with the largest logit.");
    }
}
