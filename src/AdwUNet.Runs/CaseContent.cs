using System.Text.Json.Nodes;
using AdwUNet.Preprocessing;

namespace AdwUNet.Runs;

/// <summary>
/// The content hashes of the cases of a run, which <c>config.json</c> keeps. A run resumes, repeats and is read only with the same cases. Runs of
/// earlier versions, and cases without a hash, are not compared.
/// </summary>
internal static class CaseContent
{
    /// <summary>The field of the configuration.</summary>
    public const string Field = "content";

    private const int ListedChanges = 10;

    /// <summary>The hash of every case that has one, by its id.</summary>
    public static IReadOnlyDictionary<string, string?> Of(params IEnumerable<IPreprocessedCase>[] cases)
    {
        var hashes = new SortedDictionary<string, string?>(StringComparer.Ordinal);
        foreach (var item in cases.SelectMany(list => list).Where(item => item.ContentHash is not null)) hashes[item.Id] = item.ContentHash;
        return hashes;
    }

    /// <summary>The hashes in a configuration; none if it is of an earlier version.</summary>
    public static IReadOnlyDictionary<string, string?> In(JsonObject config) =>
        (config[Field] as JsonObject ?? []).ToDictionary(pair => pair.Key, pair => pair.Value is JsonValue value && value.TryGetValue(out string? hash) ? hash : null);

    /// <summary>Compares the cases of a run with those of now.</summary>
    /// <param name="path">The run, for the error message.</param>
    /// <param name="before">The hashes in its configuration.</param>
    /// <param name="now">The hashes of now.</param>
    /// <exception cref="RunException">Cases changed; the message names them.</exception>
    public static void RequireSame(string path, IReadOnlyDictionary<string, string?> before, IReadOnlyDictionary<string, string?> now)
    {
        if (before.Count == 0 || now.Count == 0) return;
        string[] changes =
        [
            .. before.Keys.Union(now.Keys).Order(StringComparer.Ordinal).Select(id =>
                !now.TryGetValue(id, out var hash) ? $"{id} is no longer among them"
                : !before.TryGetValue(id, out var old) ? $"{id} is new"
                : old != hash ? $"{id} has other content"
                : null).OfType<string>(),
        ];
        if (changes.Length == 0) return;
        var more = changes.Length > ListedChanges ? $", and {changes.Length - ListedChanges} more" : "";
        throw new RunException(
            $"{path} holds a run on other preprocessed cases ({string.Join(", ", changes.Take(ListedChanges))}{more}); "
                + $"choose a new run name for the cases of now, or restore the old data and preprocess them again.");
    }
}
