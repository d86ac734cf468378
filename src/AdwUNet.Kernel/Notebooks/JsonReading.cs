using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace AdwUNet.Kernel.Notebooks;

/// <summary>Reads untrusted JSON: a value of an unexpected kind counts as absent.</summary>
internal static class JsonReading
{
    /// <summary>The text at the end of a path of member names, or null.</summary>
    public static string? Text(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>The whole number at the end of a path of member names, or null.</summary>
    public static int? Integer(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue<int>(out var number) ? number : null;

    /// <summary>The truth value at the end of a path of member names, or null.</summary>
    public static bool? Truth(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue<bool>(out var truth) ? truth : null;

    /// <summary>Parses a text; null where it is not valid JSON.</summary>
    public static JsonNode? TryParse(ReadOnlySpan<byte> text)
    {
        try
        {
            // Invalid UTF-8 and duplicate members would otherwise fail much later, when a member is read.
            return Utf8.IsValid(text) ? JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>
    /// Parses a text as a JSON object; null if it is not one. Of several members with the same name the last one counts, as in most JSON parsers.
    /// </summary>
    public static JsonObject? TryParseObject(ReadOnlySpan<byte> text)
    {
        try
        {
            if (!Utf8.IsValid(text))
                return null;
            var reader = new Utf8JsonReader(text);
            using var document = JsonDocument.ParseValue(ref reader);
            return !reader.Read() && document.RootElement.ValueKind == JsonValueKind.Object ? (JsonObject)Merge(document.RootElement)! : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // An unpaired surrogate in a member's name is detected only when the name is read.
            return null;
        }
    }

    private static JsonNode? Merge(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var members = new JsonObject();
                foreach (var member in element.EnumerateObject())
                    members[member.Name] = Merge(member.Value);
                return members;
            case JsonValueKind.Array:
                return new JsonArray([.. element.EnumerateArray().Select(Merge)]);
            case JsonValueKind.Null:
                return null;
            default:
                return JsonValue.Create(element.Clone());
        }
    }

    private static JsonNode? At(this JsonNode? node, ReadOnlySpan<string> path)
    {
        foreach (var name in path)
            node = (node as JsonObject)?[name];
        return node;
    }
}
