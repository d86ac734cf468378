using System.Globalization;
using AdwUNet.Architectures;
using Plotly.NET;

namespace AdwUNet.Interactive;

public static partial class Charts
{
    /// <summary>
    /// The option that each search chooses, one row per search and one column per decision. The title compares the number of decisions in which all
    /// searches agree with the number expected from random choices.
    /// </summary>
    /// <param name="searches">The logits of searches in one search space, by a name such as <c>seed 1</c>.</param>
    /// <exception cref="ChartException">There are fewer than two, or their decisions are not the same.</exception>
    public static GenericChart Agreement(IReadOnlyDictionary<string, ArchitectureLogits> searches)
    {
        if (searches.Count < 2) throw new ChartException($"Agreement needs two or more searches, but {searches.Count} was given; run searches with other seeds.");
        var decisions = searches.Select(search => Decisions(search.Value)).ToList();
        if (decisions.Exists(row => !row.Select(d => (d.Name, d.Options.Count)).SequenceEqual(decisions[0].Select(d => (d.Name, d.Options.Count)))))
        {
            throw new ChartException("The searches have different decisions; compare only searches of one plan and one search space.");
        }

        var chosen = decisions.ConvertAll(row => row.ConvertAll(decision => ArchitectureHeat.ArgMax(decision.Logits)));
        var agreed = Enumerable.Range(0, chosen[0].Count).Count(d => chosen.TrueForAll(row => row[d] == chosen[0][d]));
        var blind = decisions[0].Sum(decision => Math.Pow(decision.Options.Count, 1 - searches.Count));
        var texts = decisions.Zip(chosen, (row, choices) => row.Zip(choices, (decision, choice) => decision.Options[choice]).ToArray()).ToArray();
        var trace = new Node
        {
            ["type"] = "heatmap",
            ["x"] = decisions[0].ConvertAll(decision => decision.Name),
            ["y"] = searches.Keys.Select(Markup.PlotlyText).ToArray(),
            ["z"] = decisions.Zip(chosen, (row, choices) => row.Zip(choices, (d, c) => d.Options.Count < 2 ? 1 : (double)c / (d.Options.Count - 1)).ToArray()).ToArray(),
            ["text"] = texts,
            ["texttemplate"] = "%{text}",
            ["hovertemplate"] = "%{y}<br>%{x}: %{text}<extra></extra>",
            ["textfont"] = new Node { ["color"] = ChoiceText, ["size"] = Theme.SmallFontSize },
            ["colorscale"] = new[] { new object[] { 0, ChoiceLow }, [1, ChoiceHigh] },
            ["showscale"] = false,
            ["xgap"] = 2,
            ["ygap"] = 2,
        };
        var title = string.Create(
            CultureInfo.InvariantCulture, $"{agreed} of {decisions[0].Count} decisions agree (random choices: {blind:0.#})");
        return Plot.Chart([trace], new Node
        {
            ["title"] = title,
            ["height"] = ChoiceMargins + ChoiceTop + (searches.Count * ChoiceRow),
            ["margin"] = new Node { ["l"] = 60, ["r"] = 20, ["t"] = ChoiceTop, ["b"] = 50 },
            ["showlegend"] = false,
            ["meta"] = new Node { [Captions.MinWidthKey] = 100 + (decisions[0].Count * 28) },
            ["xaxis"] = Plot.Axis(null, new Node { ["showgrid"] = false, ["type"] = "category" }),
            ["yaxis"] = Plot.Axis(null, new Node { ["showgrid"] = false, ["autorange"] = "reversed" }),
        }, "Each row is a search. Each column is a decision: the depth of a block, or the channels of one of its convolutions. The number is the option with the "
           + "largest logit; larger options are darker. In a column of one colour all seeds made the same decision.");
    }

    private static List<(string Name, IReadOnlyList<double> Logits, IReadOnlyList<string> Options)> Decisions(ArchitectureLogits logits)
    {
        var pools = (logits.Blocks.Count - 1) / 2;
        var decisions = new List<(string, IReadOnlyList<double>, IReadOnlyList<string>)>();
        foreach (var (index, block) in logits.Blocks.Index())
        {
            var name = BlockNames.Of(index, pools);
            if (block.Betas.Count > 0)
            {
                decisions.Add(($"{name}, depth", block.Betas, [.. Enumerable.Range(1, block.Betas.Count).Select(d => d.ToString(CultureInfo.InvariantCulture))]));
            }

            foreach (var (convolution, alphas) in block.Alphas.Index())
            {
                decisions.Add((
                    $"{name}, conv {convolution + 1}", alphas,
                    [.. block.WidthOptions[convolution].Select(width => width.ToString(CultureInfo.InvariantCulture))]));
            }
        }

        return decisions;
    }
}
