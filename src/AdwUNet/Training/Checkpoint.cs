using System.Text.Json;
using static TorchSharp.torch;

namespace AdwUNet.Training;

/// <summary>Everything that a loop needs to go on: tensors by name and a small state, in one file that is replaced as a whole.</summary>
internal static class Checkpoint
{
    private const string StateKey = "state";

    public static void Save<TState>(string path, IReadOnlyDictionary<string, Tensor> tensors, TState state) =>
        Safetensors.Save(path, tensors, new Dictionary<string, string> { [StateKey] = JsonSerializer.Serialize(state, JsonFile.Line) });

    /// <exception cref="RunException">The file is damaged.</exception>
    public static (Dictionary<string, Tensor> Tensors, TState State) Load<TState>(string path)
    {
        try
        {
            var (tensors, metadata) = Safetensors.Load(path);
            return (tensors, JsonSerializer.Deserialize<TState>(metadata[StateKey], JsonFile.Line)!);
        }
        catch (Exception e) when (e is SafetensorsException or JsonException or KeyNotFoundException)
        {
            throw new RunException(
                $"The checkpoint {path} cannot be continued from: {(e is SafetensorsException ? e.Message.TrimEnd('.') : "it lacks its state")}; "
                + "delete the folder to start again.",
                e);
        }
    }
}
