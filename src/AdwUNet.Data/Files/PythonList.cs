using System.Text.Json;
using System.Text.RegularExpressions;

namespace AdwUNet;

/// <summary>Nested lists of integers as Python prints them: alone, in a log line, as lists or tuples, with NumPy's numbers.</summary>
internal static partial class PythonList
{
    private static readonly JsonDocumentOptions Options = new() { AllowTrailingCommas = true };

    /// <summary>Parses the text as a JSON list.</summary>
    /// <exception cref="JsonException">The text is not a list.</exception>
    public static JsonDocument Parse(string text) =>
        JsonDocument.Parse(NumpyInteger().Replace(text, "$1").Replace('(', '[').Replace(')', ']'), Options);

    /// <summary>Finds the list: the whole text if it is a list, else the list at the end of the last line that ends with a list.</summary>
    public static string? Find(string text)
    {
        var trimmed = text.Trim();
        return trimmed.StartsWith('[') || trimmed.StartsWith('(')
            ? trimmed
            : trimmed.Split('\n').Reverse().Select(line => ListAtTheEnd().Match(line)).FirstOrDefault(match => match.Success)?.Groups["list"].Value;
    }

    [GeneratedRegex(@"\b(?:np|numpy)\.u?int\d+\((\d+)\)")]
    private static partial Regex NumpyInteger();

    // Starts at the first bracket that is followed only by numbers, brackets and commas. Without backtracking, a long line takes linear time.
    [GeneratedRegex(@"(?<list>[\[(](?:[\[\](),\d\s-]|(?:np|numpy)\.u?int\d+)*[\])])\s*$", RegexOptions.NonBacktracking)]
    private static partial Regex ListAtTheEnd();
}
