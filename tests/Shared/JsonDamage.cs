using System.Text;
using System.Text.Json.Nodes;

namespace AdwUNet.Tests;

/// <summary>JSON texts in which one thing is something else than it should be.</summary>
internal static class JsonDamage
{
    private const string Placeholder = "@placeholder@";
    private const int DeepNesting = 2000;
    private const int ManyItems = 500;

    /// <summary>Valid JSON of the wrong kind or size.</summary>
    private static readonly string[] Wrong =
    [
        "null", "true", "0", "-1", "1.5", "1e308", "1e999", "2147483647", "2147483648", "-9223372036854775808", "1e400000",
        "\"\"", "\"x\"", "\"../../x\"", "\"\\u0000\"", "\"\\ud800\"", "\"<script>\"", "[]", "{}", "[null]", "[[]]", "{\"a\": 1}", "{\"\": null}",
        "[1, 2]", "[0, 0, 0]", "[-1, -1, -1]", "[65536, 65536, 65536]", "[2147483647, 2147483647, 2147483647]", "[1e-300, 1e-300, 1e300]",
        $"\"{new string('a', ManyItems)}\"",
    ];

    /// <summary>No JSON at all, or what no reader must follow.</summary>
    private static readonly string[] Invalid =
    [
        "", ",", "NaN", "-Infinity", "01", "'x'", "\"", "{", "]", "/*", "\"\\x\"", "\"\u0001\"", "1, \"extra\": 1",
        new string('[', DeepNesting), new string('[', DeepNesting) + new string(']', DeepNesting), string.Concat(Enumerable.Repeat("{\"a\":", DeepNesting)),
    ];

    /// <summary>One damage, in JSON terms or in bytes.</summary>
    public static Damaged Of(string json, Random random) => random.Next(4) == 0
        ? new(ByteDamage.Of(Encoding.UTF8.GetBytes(json), random))
        : OfNode(json, random);

    private static Damaged OfNode(string json, Random random)
    {
        var root = JsonNode.Parse(json)!;
        var node = Choose(All(root).ToArray(), random);
        var fields = FieldsAbove(node);
        var (replacement, isInvalid) = random.Next(8) == 0 ? (Choose(Invalid, random), true) : (Choose(Wrong, random), false);
        var text = random.Next(8) switch
        {
            0 => Remove(root, node),
            1 => Rename(root, node, ref fields),
            2 => Replace(root, node, Repeated(node, random)),
            _ => Replace(root, node, replacement),
        };
        return new(Encoding.UTF8.GetBytes(text), isInvalid || fields.Count == 0 ? null : fields);
    }

    private static IEnumerable<JsonNode> All(JsonNode root)
    {
        yield return root;
        var children = root switch
        {
            JsonObject item => item.Select(pair => pair.Value),
            JsonArray items => items,
            _ => [],
        };
        foreach (var child in children.OfType<JsonNode>().SelectMany(All))
        {
            yield return child;
        }
    }

    private static List<string> FieldsAbove(JsonNode node)
    {
        var fields = new List<string>();
        for (JsonNode? item = node; item?.Parent is { } parent; item = parent)
        {
            if (parent is JsonObject)
            {
                fields.Add(item.GetPropertyName());
            }
        }

        return fields;
    }

    private static string Remove(JsonNode root, JsonNode node)
    {
        switch (node.Parent)
        {
            case JsonObject parent:
                parent.Remove(node.GetPropertyName());
                break;
            case JsonArray parent:
                parent.Remove(node);
                break;
            default:
                return "";
        }

        return root.ToJsonString();
    }

    private static string Rename(JsonNode root, JsonNode node, ref List<string> fields)
    {
        if (node.Parent is not JsonObject parent)
        {
            return Replace(root, node, "\"renamed\"");
        }

        var name = node.GetPropertyName();
        parent.Remove(name);
        parent["renamed"] = node;
        fields = [.. fields, "renamed"];
        return root.ToJsonString();
    }

    /// <summary>A property twice, or an item of a list as often as no list has items.</summary>
    private static string Repeated(JsonNode node, Random random)
    {
        var text = node.ToJsonString();
        return node.Parent switch
        {
            JsonObject => $"{text}, \"{node.GetPropertyName()}\": {text}",
            JsonArray => string.Join(", ", Enumerable.Repeat(text, random.Next(2, ManyItems))),
            _ => text + text,
        };
    }

    private static string Replace(JsonNode root, JsonNode node, string raw)
    {
        if (node.Parent is null)
        {
            return raw;
        }

        node.ReplaceWith(Placeholder);
        return root.ToJsonString().Replace($"\"{Placeholder}\"", raw, StringComparison.Ordinal);
    }

    private static T Choose<T>(IReadOnlyList<T> among, Random random) => among[random.Next(among.Count)];
}
