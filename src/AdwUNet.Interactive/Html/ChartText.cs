using System.Collections;
using System.Globalization;
using System.Text;
using DynamicObj;
using Plotly.NET;

namespace AdwUNet.Interactive;

/// <summary>A chart in words: its title, what each trace is and the range of its values.</summary>
internal static class ChartText
{
    /// <summary>With the caption.</summary>
    public static string Render(GenericChart chart) => Captions.Of(chart) is { } caption
        ? Body(chart) + Environment.NewLine + caption
        : Body(chart);

    /// <summary>Without the caption.</summary>
    public static string Body(GenericChart chart)
    {
        var traces = GenericChart.getTraces(chart);
        var text = new StringBuilder();
        text.Append(Title(chart) ?? "Chart").Append(": ").Append(traces.Length).Append(traces.Length == 1 ? " trace" : " traces");
        foreach (var trace in traces)
        {
            if (trace.Properties.GetValueOrDefault("hoverinfo") as string == "skip") continue;
            text.AppendLine().Append("  ").Append(Describe(trace));
        }

        return text.ToString();
    }

    /// <summary>A chart's title, or null.</summary>
    public static string? Title(GenericChart chart) => GenericChart.getLayout(chart).Properties.GetValueOrDefault("title") switch
    {
        string text => text,
        Node node => System.Net.WebUtility.HtmlDecode(node.GetValueOrDefault("text") as string),
        DynamicObj.DynamicObj other => other.TryGetPropertyValue("text")?.Value as string,
        _ => null,
    };

    private static string Describe(Trace trace)
    {
        var name = trace.Properties.GetValueOrDefault("name") as string is { Length: > 0 } given
            ? System.Net.WebUtility.HtmlDecode(given)
            : "values";
        var values = Numbers(trace.Properties.GetValueOrDefault("z") ?? trace.Properties.GetValueOrDefault("y")).ToList();
        return values.Count == 0
            ? $"{name} ({trace.type})"
            : string.Create(CultureInfo.InvariantCulture, $"{name} ({trace.type}): {values.Count} values, {values.Min():0.####} to {values.Max():0.####}, last {values[^1]:0.####}");
    }

    private static IEnumerable<double> Numbers(object? values) => values switch
    {
        null or string => [],
        IEnumerable items => items.Cast<object?>().SelectMany(Numbers),
        double number => double.IsFinite(number) ? [number] : [],
        float number => float.IsFinite(number) ? [number] : [],
        int number => [number],
        long number => [number],
        _ => [],
    };
}
