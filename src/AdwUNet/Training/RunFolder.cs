using System.Text.Json;
using System.Text.Json.Nodes;

namespace AdwUNet.Training;

/// <summary>
/// The folder of a search or a training: <c>config.json</c> (every option), <c>history.jsonl</c> (a line per epoch) and
/// <c>checkpoint.safetensors</c>. A run continues from its folder alone.
/// </summary>
public sealed class RunFolder
{
    private const string Versions = "versions";

    /// <summary>Creates the folder where it is missing.</summary>
    /// <param name="path">The folder.</param>
    public RunFolder(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        Directory.CreateDirectory(Path);
    }

    /// <summary>The folder's full path.</summary>
    public string Path { get; }

    /// <summary>The full path of a file in it.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>The checkpoint's path.</summary>
    public string CheckpointPath => File("checkpoint.safetensors");

    /// <summary>Writes the configuration, or checks that the one there is the same. The software's versions are written but not compared.</summary>
    /// <param name="config">Every option that decides the run's result.</param>
    /// <exception cref="RunException">The folder holds a run with another configuration.</exception>
    public void UseConfig(object config)
    {
        var wanted = JsonSerializer.SerializeToNode(config, config.GetType(), JsonFile.Options)!.AsObject();
        wanted[Versions] = JsonSerializer.SerializeToNode(SoftwareVersions(), JsonFile.Options);
        var path = File("config.json");
        if (!System.IO.File.Exists(path))
        {
            AtomicFile.WriteText(path, wanted.ToJsonString(JsonFile.Options) + "\n");
            return;
        }

        if (Difference(Parse(path), wanted) is (var name, var there, var here))
        {
            throw new RunException(
                $"{Path} holds a run with another setting: {name} is {there} there and {here} here; choose another run name, or delete the folder.");
        }
    }

    /// <summary>The epochs written so far.</summary>
    /// <typeparam name="T">The record of one epoch.</typeparam>
    /// <exception cref="RunException">A line is damaged.</exception>
    public IReadOnlyList<T> ReadHistory<T>()
    {
        var path = File("history.jsonl");
        if (!System.IO.File.Exists(path))
        {
            return [];
        }

        var epochs = new List<T>();
        foreach (var line in System.IO.File.ReadLines(path))
        {
            try
            {
                epochs.Add(JsonSerializer.Deserialize<T>(line, JsonFile.Line) ?? throw new JsonException("It holds null."));
            }
            catch (JsonException e)
            {
                throw new RunException($"{path} is damaged in line {epochs.Count + 1}; delete the folder to start again.", e);
            }
        }

        return epochs;
    }

    /// <summary>The epochs that a checkpoint goes on from.</summary>
    /// <exception cref="RunException">A line is damaged, or there are fewer.</exception>
    internal IEnumerable<T> ReadHistory<T>(int epochs)
    {
        // One line more may be there: it is written just before the checkpoint is.
        var history = ReadHistory<T>();
        return history.Count >= epochs
            ? history.Take(epochs)
            : throw new RunException(
                $"{Path} holds a checkpoint after {epochs} epochs and a history of {history.Count}; delete the folder to start again.");
    }

    /// <summary>Replaces the history.</summary>
    /// <typeparam name="T">The record of one epoch.</typeparam>
    /// <param name="epochs">All epochs.</param>
    public void WriteHistory<T>(IEnumerable<T> epochs) => AtomicFile.WriteText(
        File("history.jsonl"), string.Concat(epochs.Select(epoch => JsonSerializer.Serialize(epoch, JsonFile.Line) + "\n")));

    private static Dictionary<string, string> SoftwareVersions() => new()
    {
        ["adwUNet"] = VersionOf(typeof(RunFolder)),
        ["torchSharp"] = VersionOf(typeof(TorchSharp.torch)),
        ["dotNet"] = Environment.Version.ToString(),
        ["system"] = System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier,
    };

    private static string VersionOf(Type type) => type.Assembly.GetName().Version?.ToString() ?? "unknown";

    private static JsonObject Parse(string path)
    {
        try
        {
            return JsonNode.Parse(System.IO.File.ReadAllText(path))!.AsObject();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException)
        {
            throw new RunException($"{path} is damaged ({e.Message}); delete the folder to start again.", e);
        }
    }

    private static (string Name, string There, string Here)? Difference(JsonObject there, JsonObject here, string prefix = "")
    {
        foreach (var name in there.Select(p => p.Key).Union(here.Select(p => p.Key)))
        {
            var (left, right) = (there[name], here[name]);
            if (prefix.Length == 0 && name == Versions)
            {
                continue;
            }

            if (left is JsonObject l && right is JsonObject r)
            {
                if (Difference(l, r, $"{prefix}{name}.") is { } inner)
                {
                    return inner;
                }
            }
            else if (!JsonNode.DeepEquals(left, right))
            {
                return (prefix + name, Shorten(left), Shorten(right));
            }
        }

        return null;
    }

    private static string Shorten(JsonNode? node)
    {
        const int limit = 80;
        var text = node?.ToJsonString() ?? "missing";
        return text.Length <= limit ? text : text[..limit] + "...";
    }
}
