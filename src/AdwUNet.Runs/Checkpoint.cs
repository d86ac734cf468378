using System.Text.Json;
using AdwUNet.Storage;
using AdwUNet.Training;
using static TorchSharp.torch;

namespace AdwUNet.Runs;

/// <summary>Everything that a loop needs to resume: named tensors and a small state, in one file that is replaced atomically.</summary>
internal static class Checkpoint
{
    private const string StateKey = "state";

    public static void Save<TState>(string path, IReadOnlyDictionary<string, Tensor> tensors, TState state) =>
        Safetensors.Save(path, tensors, Metadata(state));

    /// <summary>The same for tensors in any memory.</summary>
    public static void Save<TState>(string path, IEnumerable<SafetensorsContent> contents, TState state) =>
        Safetensors.Save(path, contents, Metadata(state));

    /// <exception cref="RunException">The file is damaged.</exception>
    public static (Dictionary<string, Tensor> Tensors, TState State) Load<TState>(string path) => Explain(path, () =>
    {
        var (tensors, metadata) = Safetensors.Load(path);
        return (tensors, State<TState>(metadata));
    });

    /// <summary>Reads only the state, as text.</summary>
    /// <exception cref="RunException">The file is damaged.</exception>
    public static string LoadStateText(string path) => Explain(path, () =>
    {
        using var stream = File.OpenRead(path);
        return SafetensorsHeader.Read(path, stream).Metadata[StateKey];
    });

    /// <summary>The text of a state in the file.</summary>
    public static string StateText<TState>(TState state) => JsonSerializer.Serialize(state, JsonFile.Line);

    private static Dictionary<string, string> Metadata<TState>(TState state) => new() { [StateKey] = StateText(state) };

    private static TState State<TState>(IReadOnlyDictionary<string, string> metadata) =>
        JsonSerializer.Deserialize<TState>(metadata[StateKey], JsonFile.Line) ?? throw new JsonException("The state is null.");

    private static T Explain<T>(string path, Func<T> load)
    {
        try
        {
            return load();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"The checkpoint {path} cannot be read ({e.Message.TrimEnd('.')}); make it readable and run again.", e);
        }
        catch (Exception e) when (e is SafetensorsException or JsonException or KeyNotFoundException)
        {
            var fault = e switch
            {
                SafetensorsException => e.Message.TrimEnd('.'),
                JsonException json => $"its state is not valid{JsonFile.Place(json)}",
                _ => "it lacks its state",
            };
            throw new RunException(
                $"The checkpoint {path} cannot be resumed from: {fault}; "
                + "move the folder away to start again.",
                e);
        }
    }
}
