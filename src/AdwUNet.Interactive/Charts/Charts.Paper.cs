using AdwUNet.Experiments;
using Plotly.NET;

namespace AdwUNet.Interactive;

public static partial class Charts
{
    private const string Reference = "nnU-Net";
    private static readonly string[] ScaledByHand = ["depth", "width", "both"];

    /// <summary>The paper's Figure 2: Dice against operations when nnU-Net's network is scaled by hand, and of the searched networks.</summary>
    /// <param name="rows">The rows of Table 5.</param>
    public static GenericChart ManualScaling(IReadOnlyList<PaperTable5> rows)
    {
        var manual = rows.Single(row => row.Name == Reference);
        var lines = ScaledByHand.Select((what, i) => Of(
            what == "both" ? "depth and width" : what,
            [.. rows.Where(row => row.Name.StartsWith(what, StringComparison.Ordinal)).Append(manual).OrderBy(row => row.TeraFlops)],
            i));
        var searched = rows.Where(row => row.Name.EndsWith("U-Net", StringComparison.Ordinal) && row != manual).Select((row, i) => Of(row.Name, [row], i + 3));
        return Plot.Chart([.. lines, .. searched], new Node
        {
            ["xaxis"] = Plot.Axis("TFLOPs, as the paper counts them"),
            ["yaxis"] = Plot.Axis("Dice of five folds"),
            ["height"] = TwoPlotHeight,
        }, "Each line scales one property of nnU-Net's network; where the lines cross is nnU-Net itself. Single points are searched networks. Figures of the paper (Table 5, Task05_Prostate).");
    }

    private static Node Of(string name, IReadOnlyList<PaperTable5> rows, int series) => new()
    {
        ["type"] = "scatter",
        ["mode"] = rows.Count > 1 ? "lines+markers" : "markers",
        ["name"] = Markup.PlotlyText(name),
        ["x"] = rows.Select(row => row.TeraFlops).ToArray(),
        ["y"] = rows.Select(row => row.Dice).ToArray(),
        ["text"] = rows.Select(row => Markup.PlotlyText(row.Name)).ToArray(),
        ["hovertemplate"] = "%{text}: %{y:.4f} at %{x:.2f} TFLOPs<extra></extra>",
        ["line"] = new Node { ["color"] = Theme.Line(series), ["width"] = 2 },
        ["marker"] = new Node { ["color"] = Theme.Line(series), ["size"] = MarkerSize, ["symbol"] = Symbols[series % Symbols.Length] },
    };
}
