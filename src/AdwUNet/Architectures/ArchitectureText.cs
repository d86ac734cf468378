using System.Text.Json;
using System.Text.RegularExpressions;

namespace AdwUNet.Architectures;

/// <summary>The exchange text as Python prints it: alone, in a log line, as lists or tuples, with NumPy's numbers.</summary>
internal static partial class ArchitectureText
{
    private static readonly JsonDocumentOptions Options = new() { AllowTrailingCommas = true };

    /// <summary>The text as a JSON list.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static JsonDocument Parse(string text) =>
        JsonDocument.Parse(NumpyInteger().Replace(text, "$1").Replace('(', '[').Replace(')', ']'), Options);

    /// <summary>The text itself where it is a list, else the list that ends the last line that ends with one: a log's newest.</summary>
    public static string? Find(string text)
    {
        var trimmed = text.Trim();
        return trimmed.StartsWith('[') || trimmed.StartsWith('(')
            ? trimmed
            : trimmed.Split('\n').Reverse().Select(line => ListAtTheEnd().Match(line)).FirstOrDefault(match => match.Success)?.Groups["list"].Value;
    }

    [GeneratedRegex(@"\b(?:np|numpy)\.u?int\d+\((\d+)\)")]
    private static partial Regex NumpyInteger();

    // From the first bracket that only numbers, brackets and commas follow. A long line of brackets must not take long.
    [GeneratedRegex(@"(?<list>[\[(](?:[\[\](),\d\s-]|(?:np|numpy)\.u?int\d+)*[\])])\s*$", RegexOptions.NonBacktracking)]
    private static partial Regex ListAtTheEnd();
}
