using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AdwUNet.Kernel.Notebooks;

namespace AdwUNet.Kernel.Jupyter;

/// <summary>The cells that were run since the kernel started, for those who ask what was run.</summary>
internal sealed class History
{
    /// <summary>The session number. There is only one session, because the history ends with the kernel.</summary>
    private const int Session = 1;

    private readonly List<(int Line, string Input, string? Output)> _entries = [];

    public void Add(int line, string input, string? output) => _entries.Add((line, input, output));

    /// <summary>Answers a <c>history_request</c>.</summary>
    /// <exception cref="NotebookException">The way of asking is not known.</exception>
    public JsonObject Answer(JsonObject request)
    {
        var found = request.Text("hist_access_type") switch
        {
            "tail" => Last(_entries, request.Integer("n")),
            "range" => Range(request.Integer("session") ?? 0, request.Integer("start") ?? 0, request.Integer("stop")),
            "search" => Search(request),
            var other => throw new NotebookException($"'{other}' is not a kind of history request: choose tail, range or search."),
        };
        var withOutput = request.Truth("output") ?? false;
        return new JsonObject
        {
            ["history"] = new JsonArray([.. found.Select(entry => (JsonNode)new JsonArray(
                Session, entry.Line, withOutput ? new JsonArray(entry.Input, entry.Output) : entry.Input))]),
        };
    }

    private static IEnumerable<T> Last<T>(List<T> entries, int? count) =>
        count is { } n ? entries.Skip(Math.Max(entries.Count - Math.Max(n, 0), 0)) : entries;

    // 0 is the current session; negative numbers count back to sessions before it.
    private IEnumerable<(int Line, string Input, string? Output)> Range(int session, int start, int? stop) =>
        session is 0 or Session ? _entries.Where(entry => entry.Line >= start && (stop is null || entry.Line < stop)) : [];

    private IEnumerable<(int Line, string Input, string? Output)> Search(JsonObject request)
    {
        var pattern = GlobOf(request.Text("pattern") ?? "*");
        var found = _entries.Where(entry => pattern.IsMatch(entry.Input)).ToList();
        if (request.Truth("unique") ?? false)
            found = [.. Enumerable.Reverse(found).DistinctBy(entry => entry.Input).Reverse()];
        return Last(found, request.Integer("n"));
    }

    // As of file names: * and ?, which regular expressions write otherwise, for the whole of the input.
    private static Regex GlobOf(string pattern) => new(
        string.Create(CultureInfo.InvariantCulture, $@"\A{Regex.Escape(pattern).Replace(@"\*", ".*", StringComparison.Ordinal).Replace(@"\?", ".", StringComparison.Ordinal)}\z"),
        RegexOptions.Singleline | RegexOptions.NonBacktracking);
}
