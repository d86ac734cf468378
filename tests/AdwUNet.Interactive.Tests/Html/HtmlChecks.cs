using System.Text.Json;
using System.Text.RegularExpressions;

namespace AdwUNet.Interactive.Tests.Html;

/// <summary>What every output must be: well-formed, and its chart's data readable.</summary>
internal static partial class HtmlChecks
{
    private static readonly HashSet<string> VoidElements = ["img", "input", "br", "hr", "meta"];

    /// <summary>Fails where elements are not closed in order or an attribute is not quoted.</summary>
    public static void AssertWellFormed(string html)
    {
        var open = new Stack<string>();
        var rest = Script().Replace(html, "<script></script>");
        foreach (Match tag in Tag().Matches(rest))
        {
            var name = tag.Groups["name"].Value;
            Assert.Equal(0, tag.Groups["attributes"].Value.Count(c => c == '"') % 2);
            if (tag.Groups["close"].Success) Assert.Equal(name, open.Count > 0 ? open.Pop() : "nothing open");
            else if (!VoidElements.Contains(name) && !tag.Groups["attributes"].Value.EndsWith('/')) open.Push(name);
        }

        Assert.Empty(open);
        Assert.DoesNotContain('<', Tag().Replace(rest, ""));
    }

    /// <summary>The traces and the layout that a chart's script draws.</summary>
    public static (JsonElement Traces, JsonElement Layout) Chart(string html)
    {
        var arguments = Arguments().Match(html).Groups["json"].Value;
        var json = JsonDocument.Parse($"[{arguments}]").RootElement;
        return (json[1], json[2]);
    }

    [GeneratedRegex("""<script\b[^>]*>.*?</script>""", RegexOptions.Singleline)]
    private static partial Regex Script();

    [GeneratedRegex("""<(?<close>/)?(?<name>[a-z][a-z0-9]*)(?<attributes>(?:[^<>"]|"[^"<]*")*)>""")]
    private static partial Regex Tag();

    [GeneratedRegex("""\}\)\((?<json>"[0-9a-f]+",.*)\);\s*</script>""", RegexOptions.Singleline)]
    private static partial Regex Arguments();
}
