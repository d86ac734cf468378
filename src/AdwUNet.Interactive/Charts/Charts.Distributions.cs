using AdwUNet.Imaging;
using Plotly.NET;

namespace AdwUNet.Interactive;

public static partial class Charts
{
    private const double Golden = 0.618033988749895;
    private const double StripWidth = 0.5;
    private const double MedianWidth = 0.6;
    private const int HistogramBins = 100;

    // With more bars the numbers at their ends overlap on a phone.
    private const int MostBarsWithText = 6;

    /// <summary>One point per case and a line at the median, per group; for example the Dice of every case for each class.</summary>
    /// <param name="groups">A name per group.</param>
    /// <param name="values">Per group the values; null where there is none.</param>
    /// <param name="valueName">What the values are, with their unit.</param>
    /// <param name="cases">Per value the case's name, shown on hovering; null for numbers.</param>
    /// <param name="title">A heading; null for none.</param>
    /// <param name="range">Lowest and highest value of the axis; null fits it to the values.</param>
    /// <param name="logY">Whether the axis of the values is logarithmic; a range does not apply then.</param>
    /// <exception cref="ChartException">Names and values differ in number.</exception>
    public static GenericChart Strip(
        IReadOnlyList<string> groups, IReadOnlyList<IReadOnlyList<double?>> values, string valueName = "Dice",
        IReadOnlyList<string>? cases = null, string? title = null, (double Low, double High)? range = null, bool logY = false) =>
        Strips(groups, values, g => g + 1, valueName, cases, title, range, logY);

    /// <summary>Strips whose colour is that of a class.</summary>
    private static GenericChart Strips(
        IReadOnlyList<string> groups, IReadOnlyList<IReadOnlyList<double?>> values, Func<int, int> classOf, string valueName = "Dice",
        IReadOnlyList<string>? cases = null, string? title = null, (double Low, double High)? range = null, bool logY = false)
    {
        RequireSameCount(groups.Count, values.Count, "groups", "lists of values");
        var number = logY ? "%{y:.2e}" : "%{y:.4f}";
        var traces = new List<Node>();
        for (var g = 0; g < groups.Count; g++)
        {
            var shown = Enumerable.Range(0, values[g].Count).Where(i => Finite(values[g][i]) is not null).ToList();
            if (shown.Count == 0) continue;
            var name = Markup.PlotlyText(groups[g]);
            traces.Add(new Node
            {
                ["type"] = "scatter",
                ["mode"] = "markers",
                ["name"] = name,
                // A fixed low-discrepancy sequence, so that points have the same place in every run.
                ["x"] = shown.Select(i => Math.Round(g + ((((i + 1) * Golden % 1) - 0.5) * StripWidth), 3)).ToArray(),
                ["y"] = shown.Select(i => values[g][i]!.Value).ToArray(),
                ["text"] = shown.Select(i => Markup.PlotlyText(cases is not null && i < cases.Count ? cases[i] : $"case {i}")).ToArray(),
                ["marker"] = new Node { ["color"] = Theme.Class(classOf(g)), ["size"] = 7, ["opacity"] = 0.75 },
                ["hovertemplate"] = "%{text}: " + number + "<extra>" + name + "</extra>",
            });
            var median = Median(shown.Select(i => values[g][i]!.Value));
            traces.Add(new Node
            {
                ["type"] = "scatter",
                ["mode"] = "lines",
                ["x"] = new[] { g - (MedianWidth / 2), g + (MedianWidth / 2) },
                ["y"] = new[] { median, median },
                ["line"] = new Node { ["color"] = Theme.Vermillion, ["width"] = 2 },
                ["hovertemplate"] = "median " + number + "<extra>" + name + "</extra>",
                ["name"] = $"median, {name}",
            });
        }

        var layout = new Node
        {
            ["showlegend"] = false,
            ["xaxis"] = Plot.Axis(null, new Node
            {
                ["tickvals"] = Enumerable.Range(0, groups.Count).ToArray(),
                ["ticktext"] = groups.Select(Markup.PlotlyText).ToArray(),
                ["range"] = new[] { -0.5, groups.Count - 0.5 },
                ["showgrid"] = false,
                ["zeroline"] = false,
            }),
            ["yaxis"] = logY ? Plot.LogAxis(valueName) : Plot.Axis(valueName, range is { } r ? new Node { ["range"] = new[] { r.Low, r.High } } : null),
        };
        if (title is not null) layout["title"] = title;
        return Plot.Chart(traces, layout, "Each point is one case; the line is the median.");
    }

    /// <summary>Bars beside each other for one or more series.</summary>
    /// <param name="names">A name per bar.</param>
    /// <param name="series">Per series its name and one value per bar.</param>
    /// <param name="valueName">What the values are, with their unit.</param>
    /// <param name="title">A heading; null for none.</param>
    /// <exception cref="ChartException">Names and values differ in number.</exception>
    public static GenericChart Bars(
        IReadOnlyList<string> names, IReadOnlyDictionary<string, IReadOnlyList<double>> series, string valueName, string? title = null)
    {
        var traces = series.Select((entry, i) =>
        {
            RequireSameCount(names.Count, entry.Value.Count, "names", $"values of '{entry.Key}'");
            var bars = new Node
            {
                ["type"] = "bar",
                ["name"] = Markup.PlotlyText(entry.Key),
                ["x"] = names.Select(Markup.PlotlyText).ToArray(),
                ["y"] = entry.Value,
                ["marker"] = new Node { ["color"] = Theme.Line(i) },
            };
            if (names.Count * series.Count > MostBarsWithText) return bars;
            bars["texttemplate"] = "%{y:.3~g}";
            bars["textposition"] = "outside";
            bars["textangle"] = 0;
            bars["cliponaxis"] = false;
            return bars;
        });
        var layout = new Node
        {
            ["showlegend"] = series.Count > 1,
            ["xaxis"] = Plot.Axis(null, new Node { ["type"] = "category" }),
            ["yaxis"] = Plot.Axis(valueName),
        };
        if (title is not null) layout["title"] = title;
        return Plot.Chart(traces, layout, null);
    }

    /// <summary>Bars of one series.</summary>
    /// <param name="names">A name per bar.</param>
    /// <param name="values">One value per bar.</param>
    /// <param name="valueName">What the values are, with their unit.</param>
    /// <param name="title">A heading; null for none.</param>
    /// <exception cref="ChartException">Names and values differ in number.</exception>
    public static GenericChart Bars(IReadOnlyList<string> names, IReadOnlyList<double> values, string valueName, string? title = null) =>
        Bars(names, new Dictionary<string, IReadOnlyList<double>> { [valueName] = values }, valueName, title);

    /// <summary>Lines over a common x axis.</summary>
    /// <param name="x">The positions of the points.</param>
    /// <param name="series">Per line its name and one value per position; null leaves a gap.</param>
    /// <param name="xName">What x is, with its unit.</param>
    /// <param name="valueName">What the values are, with their unit.</param>
    /// <param name="title">A heading; null for none.</param>
    /// <param name="logX">Whether the x axis is logarithmic.</param>
    /// <exception cref="ChartException">Positions and values differ in number.</exception>
    public static GenericChart Curves(
        IReadOnlyList<double> x, IReadOnlyDictionary<string, IReadOnlyList<double?>> series, string xName, string valueName, string? title = null,
        bool logX = false)
    {
        var traces = series.Select((entry, i) =>
        {
            RequireSameCount(x.Count, entry.Value.Count, "positions", $"values of '{entry.Key}'");
            return Plot.Line(entry.Key, x, entry.Value, Theme.Line(i));
        });
        var layout = new Node { ["xaxis"] = logX ? Plot.LogAxis(xName) : Plot.Axis(xName), ["yaxis"] = Plot.Axis(valueName), ["showlegend"] = series.Count > 1 };
        if (title is not null) layout["title"] = title;
        return Plot.Chart(traces, layout, null);
    }

    /// <summary>How often each intensity occurs, per foreground class and in the background, as shares of the class's voxels.</summary>
    /// <param name="image">The volume.</param>
    /// <param name="labels">Classes; null takes all voxels together.</param>
    /// <param name="classes">Class names as in <see cref="Planning.Plan.Classes"/> (index 0 is the background); null numbers them.</param>
    /// <param name="channel">The channel (modality), from 0.</param>
    /// <param name="valueName">What the intensities are, such as <c>CT number (HU)</c>.</param>
    /// <exception cref="ChartException">Shapes differ.</exception>
    public static GenericChart HistogramOfIntensities(
        Volume image, LabelMap? labels = null, IReadOnlyList<string>? classes = null, int channel = 0, string valueName = "intensity")
    {
        CheckShapes(image, labels);
        var values = image.Channel(channel).ToArray();
        var finite = values.Where(float.IsFinite).DefaultIfEmpty().ToArray();
        var (low, high) = (finite.Min(), finite.Max());
        if (high <= low) high = low + 1;
        var counts = new SortedDictionary<int, int[]>();
        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i])) continue;
            var label = labels?.Data[i] ?? 0;
            if (!counts.TryGetValue(label, out var bins)) counts[label] = bins = new int[HistogramBins];
            bins[Math.Min(HistogramBins - 1, (int)((values[i] - low) / (high - low) * HistogramBins))]++;
        }

        var centres = Enumerable.Range(0, HistogramBins).Select(b => low + ((b + 0.5) * (high - low) / HistogramBins)).ToArray();
        var traces = counts.Select(entry =>
        {
            var total = (double)entry.Value.Sum();
            var name = labels is null ? "all voxels" : entry.Key == -1 ? "outside" : SliceHtml.ClassName(entry.Key, classes);
            var line = Plot.Line(name, centres, entry.Value.Select(c => (double?)(c / total)).ToArray(), Theme.Class(entry.Key));
            ((Node)line["line"]!)["shape"] = "hvh";
            return line;
        });
        return Plot.Chart(traces, new Node
        {
            ["xaxis"] = Plot.Axis(valueName),
            ["yaxis"] = Plot.Axis("share of the class's voxels", new Node { ["rangemode"] = "tozero" }),
            ["showlegend"] = labels is not null,
        }, "The more two curves overlap, the worse a threshold on the intensity separates the classes.");
    }

    /// <summary>Spacings and sizes of all cases per axis; a line marks the median.</summary>
    /// <param name="spacings">Per case.</param>
    /// <param name="shapes">Per case.</param>
    /// <param name="cases">Per case its name, shown on hovering; null for numbers.</param>
    /// <exception cref="ChartException">The lists differ in length.</exception>
    public static GenericChart SpacingAndShapes(
        IReadOnlyList<Spacing3> spacings, IReadOnlyList<Shape3> shapes, IReadOnlyList<string>? cases = null)
    {
        RequireSameCount(spacings.Count, shapes.Count, "spacings", "shapes");
        var left = Strip(SlicePlane.AxisNames, AxisValues(a => spacings.Select(s => s[a])), "spacing (mm)", cases);
        var right = Strip(SlicePlane.AxisNames, AxisValues(a => shapes.Select(s => (double)s[a])), "size (voxels)", cases);
        var traces = GenericChart.getTraces(left).Select(t => (t, Axis: ""))
            .Concat(GenericChart.getTraces(right).Select(t => (t, Axis: "2"))).Select(entry => new Node(entry.t.Properties.ToDictionary(p => p.Key, p => (object?)p.Value))
            {
                ["type"] = entry.t.type,
                ["xaxis"] = "x" + entry.Axis,
                ["yaxis"] = "y" + entry.Axis,
            });
        Node Heading(string text, double x) => Plot.Note(text, x, 1.02, more: new Node { ["xanchor"] = "left", ["yanchor"] = "bottom" });
        Node XAxis(double from, double to, string y) => Plot.Axis("axis", new Node
        {
            ["domain"] = new[] { from, to },
            ["anchor"] = y,
            ["tickvals"] = Enumerable.Range(0, SlicePlane.AxisNames.Length).ToArray(),
            ["ticktext"] = SlicePlane.AxisNames,
            ["range"] = new[] { -0.5, 2.5 },
            ["showgrid"] = false,
            ["zeroline"] = false,
        });
        return Plot.Chart(traces, new Node
        {
            ["showlegend"] = false,
            ["xaxis"] = XAxis(0, 0.42, "y"),
            ["xaxis2"] = XAxis(0.58, 1, "y2"),
            ["annotations"] = new[] { Heading("spacing (mm)", 0), Heading("size (voxels)", 0.58) },
            ["margin"] = new Node { ["l"] = 60, ["r"] = 20, ["t"] = 60, ["b"] = 50 }, // the headings below the buttons
            ["yaxis"] = Plot.Axis(null, new Node { ["rangemode"] = "tozero" }),
            ["yaxis2"] = Plot.Axis(null, new Node { ["anchor"] = "x2", ["rangemode"] = "tozero" }),
        }, "Each point is one case; the line is the median. The plan resamples every case to one spacing.");
    }

    private static IReadOnlyList<double?>[] AxisValues(Func<int, IEnumerable<double>> ofAxis) =>
        [.. Enumerable.Range(0, 3).Select(a => (IReadOnlyList<double?>)ofAxis(a).Select(v => (double?)v).ToList())];

    internal static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    private static void RequireSameCount(int first, int second, string firstName, string secondName)
    {
        if (first != second) throw new ChartException($"Found {first} {firstName} but {second} {secondName}; give the same number of both.");
    }
}
