using Plotly.NET;

namespace AdwUNet.Interactive;

/// <summary>
/// Builds Plotly charts in one style. Traces and layouts use the attribute names of Plotly's reference and are then passed to Plotly.NET; this is
/// shorter than its builders for subplots, shaded ranges and shared axes.
/// </summary>
internal static class Plot
{
    private const int MarkedPoints = 30;
    private const int SignificantDigits = 6;
    private const int TitleDistance = 10;
    private const int TopLine = 50;
    private const int LegendLine = 30;
    private const string GridColor = "rgba(138,138,138,0.25)";

    // A short bar of buttons leaves room for the title beside it.
    private static readonly string[] UnusedButtons = ["select2d", "lasso2d", "zoomIn2d", "zoomOut2d", "autoScale2d"];

    /// <summary>A chart of these traces.</summary>
    public static GenericChart Chart(IEnumerable<Node> traces, Node layout, string? caption)
    {
        var chart = GenericChart.ofTraceObjects(false, Microsoft.FSharp.Collections.ListModule.OfSeq(traces.Select(ToTrace)));
        var styled = new Layout();
        foreach (var (key, value) in Styled(layout))
        {
            styled.SetProperty(key, value);
        }

        chart = GenericChart.setLayout(styled, chart);
        var config = new Config();
        config.SetProperty("responsive", true);
        config.SetProperty("displaylogo", false);
        config.SetProperty("modeBarButtonsToRemove", UnusedButtons);
        chart = GenericChart.setConfig(config, chart);
        return caption is null ? chart : chart.WithCaption(caption);
    }

    /// <summary>A line through points; few points are marked, so that a single one shows too.</summary>
    public static Node Line(string name, object x, IReadOnlyList<double?> y, string color, string axis = "", bool dashed = false) => new()
    {
        ["type"] = "scatter",
        ["mode"] = y.Count <= MarkedPoints ? "lines+markers" : "lines",
        ["name"] = Markup.PlotlyText(name),
        ["x"] = x,
        ["y"] = y.Select(Short).ToArray(),
        ["xaxis"] = "x",
        ["yaxis"] = "y" + axis,
        ["line"] = new Node { ["color"] = color, ["width"] = 2, ["dash"] = dashed ? "dash" : "solid" },
    };

    /// <summary>An axis in the one look.</summary>
    public static Node Axis(string? title, Node? more = null)
    {
        var axis = new Node
        {
            ["gridcolor"] = GridColor,
            ["zerolinecolor"] = GridColor,
            ["linecolor"] = Theme.Grey,
            ["automargin"] = true,
        };
        if (title is not null) axis["title"] = new Node { ["text"] = Markup.PlotlyText(title), ["standoff"] = TitleDistance };
        foreach (var (key, value) in more ?? [])
        {
            axis[key] = value;
        }

        return axis;
    }

    /// <summary>A logarithmic axis in the one look, with powers of ten on it.</summary>
    public static Node LogAxis(string? title) => Axis(title, new Node { ["type"] = "log", ["exponentformat"] = "power" });

    /// <summary>A text inside the chart at paper coordinates or at those of an axis pair.</summary>
    public static Node Note(string text, object x, object y, string xref = "paper", string yref = "paper", Node? more = null)
    {
        var note = new Node
        {
            ["text"] = Markup.PlotlyText(text),
            ["x"] = x,
            ["y"] = y,
            ["xref"] = xref,
            ["yref"] = yref,
            ["showarrow"] = false,
        };
        foreach (var (key, value) in more ?? [])
        {
            note[key] = value;
        }

        return note;
    }

    /// <summary>A legend above the plot, so that it covers no data.</summary>
    public static Node LegendAbove { get; } = new()
    {
        ["orientation"] = "h",
        ["x"] = 0,
        ["y"] = 1.02,
        ["yanchor"] = "bottom",
    };

    // More digits double the size of an output and cannot be seen. A value that is not finite leaves a gap.
    private static double? Short(double? value)
    {
        if (value is not { } number || !double.IsFinite(number)) return null;
        if (number == 0) return 0;
        var scale = SignificantDigits - 1 - (int)Math.Floor(Math.Log10(Math.Abs(number)));
        return scale is < 0 or > 15 ? number : Math.Round(number, scale);
    }

    private static Trace ToTrace(Node node)
    {
        var trace = new Trace((string)node["type"]!);
        foreach (var (key, value) in node)
        {
            if (key != "type") trace.SetProperty(key, value);
        }

        return trace;
    }

    // The first line has the title and the buttons, the second the legend.
    private static int Top(Node layout)
    {
        var legend = layout.GetValueOrDefault("showlegend") is not false && !layout.ContainsKey("legend");
        return TopLine + (legend ? LegendLine : 0);
    }

    // A title of the x axis needs more than the names of its ticks.
    private static int Bottom(Node layout) =>
        layout.Any(entry => entry.Key.StartsWith("xaxis", StringComparison.Ordinal) && entry.Value is Node axis && axis.ContainsKey("title")) ? 50 : 32;

    private static Node Styled(Node layout)
    {
        var styled = new Node
        {
            ["paper_bgcolor"] = "rgba(0,0,0,0)",
            ["plot_bgcolor"] = "rgba(0,0,0,0)",
            ["font"] = new Node { ["family"] = Theme.FontFamily, ["size"] = Theme.FontSize },
            ["height"] = Theme.Height,
            ["margin"] = new Node { ["l"] = 60, ["r"] = 20, ["t"] = Top(layout), ["b"] = Bottom(layout) },
            ["hovermode"] = "closest",
            ["modebar"] = new Node { ["bgcolor"] = "rgba(0,0,0,0)", ["color"] = Theme.Grey, ["activecolor"] = Theme.Blue },
            ["legend"] = LegendAbove,
        };
        foreach (var (key, value) in layout)
        {
            styled[key] = value;
        }

        if (styled.TryGetValue("title", out var title) && title is string text)
        {
            styled["title"] = new Node
            {
                ["text"] = Markup.PlotlyText(text),
                ["x"] = 0,
                ["xref"] = "paper",
                ["xanchor"] = "left",
                ["y"] = 1,
                ["yref"] = "container",
                ["yanchor"] = "top",
                ["pad"] = new Node { ["t"] = 14 },
                ["font"] = new Node { ["size"] = Theme.FontSize + 3 },
            };
        }

        return styled;
    }
}
