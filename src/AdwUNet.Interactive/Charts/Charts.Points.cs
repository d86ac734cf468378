using Plotly.NET;

namespace AdwUNet.Interactive;

public static partial class Charts
{
    private const int MarkerSize = 11;

    // Shapes, too, so that colour is not the only difference.
    private static readonly string[] Symbols = ["circle", "square", "diamond", "triangle-up", "cross", "x", "star"];

    /// <summary>A scatter plot with one colour and shape per series; for example Dice against weights.</summary>
    /// <param name="series">Per series its name and its points.</param>
    /// <param name="xName">What x is, with its unit.</param>
    /// <param name="yName">What y is, with its unit.</param>
    /// <param name="title">A heading; null for none.</param>
    /// <exception cref="ChartException">There is no series.</exception>
    public static GenericChart Points(
        IReadOnlyDictionary<string, IReadOnlyList<(double X, double Y)>> series, string xName, string yName, string? title = null) =>
        Plane(series, xName, yName, title, (trace, color, i) =>
        {
            trace["mode"] = "markers";
            trace["marker"] = new Node { ["color"] = color, ["size"] = MarkerSize, ["symbol"] = Symbols[i % Symbols.Length], ["opacity"] = 0.85 };
        });

    /// <summary>Paths in a plane; a marker shows where each ends. For example two parameters during training.</summary>
    /// <param name="series">Per path its name and its points in order.</param>
    /// <param name="xName">What x is, with its unit.</param>
    /// <param name="yName">What y is, with its unit.</param>
    /// <param name="title">A heading; null for none.</param>
    /// <exception cref="ChartException">There is no path.</exception>
    public static GenericChart Paths(
        IReadOnlyDictionary<string, IReadOnlyList<(double X, double Y)>> series, string xName, string yName, string? title = null) =>
        Plane(series, xName, yName, title, (trace, color, i) =>
        {
            var count = ((double[])trace["x"]!).Length;
            trace["mode"] = "lines+markers";
            trace["line"] = new Node { ["color"] = color, ["width"] = 2 };
            trace["marker"] = new Node
            {
                ["color"] = color,
                ["symbol"] = Symbols[i % Symbols.Length],
                ["size"] = Enumerable.Range(0, count).Select(p => p == count - 1 ? MarkerSize : 0).ToArray(),
            };
        });

    private static GenericChart Plane(
        IReadOnlyDictionary<string, IReadOnlyList<(double X, double Y)>> series, string xName, string yName, string? title,
        Action<Node, string, int> style)
    {
        if (series.Count == 0) throw new ChartException("There are no points to show; give at least one series.");
        var traces = series.Select((entry, i) =>
        {
            var trace = new Node
            {
                ["type"] = "scatter",
                ["name"] = Markup.PlotlyText(entry.Key),
                ["x"] = entry.Value.Select(p => p.X).ToArray(),
                ["y"] = entry.Value.Select(p => p.Y).ToArray(),
            };
            style(trace, Theme.Line(i), i);
            return trace;
        });
        var layout = new Node { ["xaxis"] = Plot.Axis(xName), ["yaxis"] = Plot.Axis(yName), ["showlegend"] = series.Count > 1 };
        if (title is not null) layout["title"] = title;
        return Plot.Chart(traces, layout, null);
    }
}
