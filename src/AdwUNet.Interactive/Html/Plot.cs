using Plotly.NET;

namespace AdwUNet.Interactive;

/// <summary>
/// Builds Plotly charts in the one look. Traces and layouts are written with Plotly's own attribute names, which its reference
/// documents, and then handed to Plotly.NET; subplots, shaded ranges and shared axes are shorter so than through its builders.
/// </summary>
internal static class Plot
{
    private const string GridColor = "rgba(138,138,138,0.25)";

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
        chart = GenericChart.setConfig(config, chart);
        return caption is null ? chart : chart.WithCaption(caption);
    }

    /// <summary>A line through points.</summary>
    public static Node Line(string name, object x, object y, string color, string axis = "", bool dashed = false) => new()
    {
        ["type"] = "scatter",
        ["mode"] = "lines",
        ["name"] = Markup.PlotlyText(name),
        ["x"] = x,
        ["y"] = y,
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
        if (title is not null) axis["title"] = new Node { ["text"] = Markup.PlotlyText(title) };
        foreach (var (key, value) in more ?? [])
        {
            axis[key] = value;
        }

        return axis;
    }

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

    /// <summary>A legend above the plot, where it never covers data.</summary>
    public static Node LegendAbove { get; } = new()
    {
        ["orientation"] = "h",
        ["x"] = 0,
        ["y"] = 1.02,
        ["yanchor"] = "bottom",
    };

    private static Trace ToTrace(Node node)
    {
        var trace = new Trace((string)node["type"]!);
        foreach (var (key, value) in node)
        {
            if (key != "type") trace.SetProperty(key, value);
        }

        return trace;
    }

    private static Node Styled(Node layout)
    {
        var styled = new Node
        {
            ["paper_bgcolor"] = "rgba(0,0,0,0)",
            ["plot_bgcolor"] = "rgba(0,0,0,0)",
            ["font"] = new Node { ["family"] = Theme.FontFamily, ["size"] = Theme.FontSize },
            ["height"] = Theme.Height,
            ["margin"] = new Node { ["l"] = 60, ["r"] = 20, ["t"] = 60, ["b"] = 50 },
            ["hovermode"] = "closest",
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
                ["font"] = new Node { ["size"] = Theme.FontSize + 3 },
            };
        }

        return styled;
    }
}
