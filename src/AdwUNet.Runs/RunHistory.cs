using System.Text.Json;
using System.Text.Json.Nodes;
using AdwUNet.Training;

namespace AdwUNet.Runs;

/// <summary>
/// The history of a run, one line per epoch. <c>history.jsonl</c> is identical, bit for bit, for two runs with the same seed; <c>timing.jsonl</c>
/// contains the duration of each epoch.
/// </summary>
internal static class RunHistory
{
    public const string FileName = "history.jsonl";
    public const string TimingFileName = "timing.jsonl";
    private const string Epoch = "epoch";
    private const string Seconds = "seconds";

    /// <exception cref="RunException">A line is damaged.</exception>
    public static IReadOnlyList<T> Read<T>(RunFolder folder)
    {
        var timings = ReadLines(folder.File(TimingFileName), line => line.GetDouble(Seconds));
        return ReadLines(folder.File(FileName), line =>
        {
            // Runs of earlier versions have the durations here.
            var index = line[Epoch]?.GetValue<int>() ?? -1;
            if (!line.ContainsKey(Seconds))
            {
                line[Seconds] = index >= 0 && index < timings.Count ? timings[index] : 0;
            }

            return line.Deserialize<T>(JsonFile.Line) ?? throw new JsonException("It holds null.");
        });
    }

    public static void Write<T>(RunFolder folder, IEnumerable<T> epochs)
    {
        var lines = epochs.Select(epoch => JsonSerializer.SerializeToNode(epoch, JsonFile.Line)!.AsObject()).ToArray();
        var timings = lines.Select(line => new JsonObject { [Epoch] = line[Epoch]!.DeepClone(), [Seconds] = Take(line, Seconds) }).ToArray();
        AtomicFile.WriteText(folder.File(TimingFileName), Text(timings));
        AtomicFile.WriteText(folder.File(FileName), Text(lines));
    }

    private static JsonNode Take(JsonObject line, string name)
    {
        var value = line[name]!.DeepClone();
        line.Remove(name);
        return value;
    }

    private static string Text(IEnumerable<JsonObject> lines) => string.Concat(lines.Select(line => line.ToJsonString(JsonFile.Line) + "\n"));

    private static List<T> ReadLines<T>(string path, Func<JsonObject, T> read)
    {
        var items = new List<T>();
        if (!File.Exists(path))
        {
            return items;
        }

        foreach (var line in File.ReadLines(path))
        {
            try
            {
                items.Add(read(JsonNode.Parse(line, documentOptions: JsonFile.Strict)!.AsObject()));
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or NullReferenceException or KeyNotFoundException)
            {
                throw new RunException($"{path} is damaged in line {items.Count + 1}; move the folder away to start again.", e);
            }
        }

        return items;
    }

    private static double GetDouble(this JsonObject line, string name) =>
        line[name]?.GetValue<double>() ?? throw new JsonException($"It lacks the field {name}.");
}
