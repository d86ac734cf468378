using System.Globalization;
using System.Text.Json.Nodes;

namespace AdwUNet.Interactive.Tests.Notebooks;

/// <summary>A notebook that an engine has executed.</summary>
/// <param name="Path">The executed notebook.</param>
/// <param name="Took">From the start of <c>nbconvert</c> to its end.</param>
/// <param name="ProcessorTime">Of <c>nbconvert</c> and its kernel on all cores.</param>
internal sealed record EngineRun(string Path, TimeSpan Took, TimeSpan ProcessorTime)
{
    // A script that .NET Interactive puts before the first cell's output in every notebook; it has none of the cell's output.
    private const string Bootstrap = "dotnet-interactive-this-cell";

    // A chart, which a script draws, is first: it is part of some tables' HTML.
    private static readonly string[] Marks = ["data-plotly-chart", "data-volume-viewer", "<svg", "<img", "<progress", "<table", "<pre"];

    private readonly NotebookJson _notebook = new(Path);

    /// <summary>How long it took, in words.</summary>
    public string Duration => string.Create(CultureInfo.InvariantCulture, $"{Took.TotalSeconds:0.0} s, {ProcessorTime.TotalSeconds:0.0} s of processor time");

    /// <summary>The executed code cells.</summary>
    public IReadOnlyList<JsonObject> Cells => _notebook.Code;

    /// <summary>What the cell's code has shown.</summary>
    public static IReadOnlyList<JsonObject> Outputs(JsonObject cell) =>
        [.. NotebookJson.OutputsOfCell(cell).Where(output => !Html(output).Contains(Bootstrap, StringComparison.Ordinal))];

    /// <summary>An output as HTML, or an empty text.</summary>
    public static string Html(JsonObject output) => NotebookJson.Text(output["data"]?["text/html"]);

    /// <summary>The kind of every output: message, stream, media types, and what the HTML consists of.</summary>
    public IEnumerable<string> Kinds() => Cells.SelectMany((cell, number) => Outputs(cell).Select(output =>
    {
        var types = (output["data"] as JsonObject ?? []).Select(form => form.Key).Order(StringComparer.Ordinal);
        var mark = Marks.FirstOrDefault(mark => Html(output).Contains(mark, StringComparison.Ordinal));
        return $"code cell {number + 1}: {output["output_type"]} {output["name"]} {string.Join(", ", types)} {mark}";
    }));
}
