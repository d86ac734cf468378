using System.Text.Json;
using AdwUNet.Tests.Golden;

namespace AdwUNet.Tests.Cases;

/// <summary>
/// The sets of real-world inputs under <c>tests/cases</c>: each is described by a JSON file with the right outcomes, over which one test loops.
/// </summary>
internal static class CaseFiles
{
    /// <summary>The full path of a file of a set.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([GoldenFiles.Root, "tests", "cases", .. parts]);

    /// <summary>The entries of a set.</summary>
    public static IReadOnlyList<JsonElement> Read(string set) =>
        [.. JsonDocument.Parse(File.ReadAllBytes(PathOf(set + ".json"))).RootElement.GetProperty("cases").EnumerateArray()];

    /// <summary>Runs a check on every entry and fails with the names of those that differ.</summary>
    /// <param name="entries">The entries.</param>
    /// <param name="name">What an entry is called.</param>
    /// <param name="check">Throws where the outcome is another one.</param>
    public static void All(IEnumerable<JsonElement> entries, Func<JsonElement, string> name, Action<JsonElement> check)
    {
        var differing = new List<string>();
        var count = 0;
        foreach (var entry in entries)
        {
            count++;
            try
            {
                check(entry);
            }
            catch (Exception error)
            {
                differing.Add($"{name(entry)} ({entry.GetProperty("what").GetString()}): {error.GetType().Name}: {error.Message}");
            }
        }

        Assert.True(count > 0);
        Assert.True(differing.Count == 0, $"{differing.Count} of {count} differ:\n{string.Join('\n', differing)}");
    }

    /// <summary>Whether a message has each of some words, in any case; a bar separates alternatives.</summary>
    /// <param name="message">The message.</param>
    /// <param name="words">The words.</param>
    /// <param name="path">A path whose words do not count.</param>
    public static void AssertSays(string message, JsonElement words, string path)
    {
        var text = message.Replace(path, "", StringComparison.Ordinal);
        foreach (var word in words.EnumerateArray().Select(word => word.GetString()!))
        {
            Assert.True(
                word.Split('|').Any(alternative => text.Contains(alternative, StringComparison.OrdinalIgnoreCase)), $"'{word}' is not in: {message}");
        }
    }

    /// <summary>The numbers of a list.</summary>
    public static double[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(number => number.GetDouble())];

    /// <summary>Compares lengths, which headers have in single precision.</summary>
    public static void AssertLengths(IReadOnlyList<double> expected, IReadOnlyList<double> found)
    {
        const double relative = 1e-5;
        Assert.Equal(expected.Count, found.Count);
        for (var i = 0; i < expected.Count; i++) Assert.InRange(found[i], expected[i] - (relative * Math.Abs(expected[i])), expected[i] + (relative * Math.Abs(expected[i])));
    }
}
