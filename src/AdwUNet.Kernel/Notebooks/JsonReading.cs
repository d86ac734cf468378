using System.Text.Json.Nodes;

namespace AdwUNet.Kernel.Notebooks;

/// <summary>Reads JSON of which nothing is certain: what is not of the wished kind counts as absent.</summary>
internal static class JsonReading
{
    /// <summary>The text at the end of a path of member names, or null.</summary>
    public static string? Text(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>The whole number at the end of a path of member names, or null.</summary>
    public static int? Integer(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue<int>(out var number) ? number : null;

    private static JsonNode? At(this JsonNode? node, ReadOnlySpan<string> path)
    {
        foreach (var name in path)
            node = (node as JsonObject)?[name];
        return node;
    }
}
