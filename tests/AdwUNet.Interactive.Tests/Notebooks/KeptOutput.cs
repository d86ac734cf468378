using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AdwUNet.Datasets;

namespace AdwUNet.Interactive.Tests.Notebooks;

/// <summary>An output in the form that is kept in the repository: what a page of a code host shows, which runs no scripts and knows no SVG.</summary>
internal static partial class KeptOutput
{
    private const int MostText = 2000;

    /// <summary>Whether only a browser can make the picture that this output is.</summary>
    public static bool NeedsPicture(JsonObject output) => Drawn().IsMatch(NotebookJson.Text(output["data"]?["text/html"]));

    /// <summary>The output with a picture in the place of what draws itself, without this folder's path.</summary>
    /// <param name="output">As it was executed.</param>
    /// <param name="picture">What a browser shows, where it <see cref="NeedsPicture"/>.</param>
    /// <param name="root">The folder of the repository that it was executed in.</param>
    public static JsonObject Keep(JsonObject output, (string MediaType, byte[] Bytes)? picture, string root)
    {
        var kept = output.DeepClone().AsObject();
        if (kept["text"] is { } stream) kept["text"] = Lines(Short(NotebookJson.Text(stream), root));
        if (kept["data"] is not JsonObject data) return kept;
        var forms = new JsonObject();
        if (picture is { } drawn)
        {
            forms[drawn.MediaType] = Convert.ToBase64String(drawn.Bytes);
        }
        else if (data["text/html"] is { } html && !IsProgress(output))
        {
            forms["text/html"] = Lines(NotebookJson.Text(html).Replace(root + "/", "", StringComparison.Ordinal));
        }

        if (data["text/plain"] is { } plain) forms["text/plain"] = Lines(Short(NotebookJson.Text(plain), root));
        kept["data"] = forms;
        kept["metadata"] = new JsonObject();
        kept.Remove("transient");
        return kept;
    }

    /// <summary>What an output is, in a line that does not depend on the machine: its kind, and how its text begins, without its numbers.</summary>
    public static string Describe(JsonObject output)
    {
        var kind = (string?)output["output_type"];
        if (kind == "stream") return $"stream {(string?)output["name"]}";
        var data = output["data"] as JsonObject;
        var hasPicture = NeedsPicture(output) || (data?.Any(form => form.Key.StartsWith("image/", StringComparison.Ordinal)) ?? false);
        var first = NotebookJson.Text(data?["text/plain"]).Split('\n')[0];
        return IsProgress(output)
            ? $"{kind} progress"
            : $"{kind} {(hasPicture ? "picture" : "text")}: {Varying().Replace(first, "#").Trim()}";
    }

    // A bar is told by its text alone, since a code host shows no <progress>.
    private static bool IsProgress(JsonObject output) =>
        NotebookJson.Text(output["data"]?["text/html"]).Contains("<progress", StringComparison.Ordinal)
        || ProgressText().IsMatch(NotebookJson.Text(output["data"]?["text/plain"]));

    private static string Short(string text, string root)
    {
        text = text.Replace(root + "/", "", StringComparison.Ordinal);
        return text.Length <= MostText ? text : text[..text.LastIndexOf('\n', MostText)] + "\n...\n";
    }

    private static JsonArray Lines(string text) => [.. LineOfText().Matches(text).Select(line => (JsonNode)line.Value)];

    [GeneratedRegex(@"<(script|svg|img|input|canvas)\b")]
    private static partial Regex Drawn();

    [GeneratedRegex(@"\[\[.*\]\]|[-+−]?\d[\d.,]*(e[-+]?\d+)?( (ms|s|min|h)\b)?")]
    private static partial Regex Varying();

    [GeneratedRegex(@", took [\d.]+ (ms|s|min|h)\b")]
    private static partial Regex ProgressText();

    [GeneratedRegex(@"[^\n]*\n|[^\n]+$")]
    private static partial Regex LineOfText();
}
