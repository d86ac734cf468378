using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Training;

/// <summary>The tensors of a checkpoint, which must be those that the loop knows.</summary>
/// <param name="path">The file, for messages.</param>
/// <param name="tensors">By name.</param>
public sealed class StoredTensors(string path, IReadOnlyDictionary<string, Tensor> tensors)
{
    /// <summary>All of them whose names another set has too.</summary>
    public Dictionary<string, Tensor> Among(IReadOnlyDictionary<string, Tensor> others) =>
        tensors.Where(pair => others.ContainsKey(pair.Key)).ToDictionary();

    /// <summary>Copies them into the tensors of the same names, all of which must be there.</summary>
    /// <exception cref="SafetensorsException">One is missing or has another shape.</exception>
    internal void CopyTo(IReadOnlyDictionary<string, Tensor> others) => Weights.Copy(Among(others), others, path);

    /// <summary>One that belongs to a parameter; null where there is none.</summary>
    /// <exception cref="RunException">It has another shape or type than the parameter.</exception>
    public Tensor? Find(string name, Tensor parameter)
    {
        if (!tensors.TryGetValue(name, out var found))
        {
            return null;
        }

        return found.dtype == parameter.dtype && found.shape.SequenceEqual(parameter.shape)
            ? found
            : throw Fault($"its tensor '{name}' is {Words(found)}, the parameter {Words(parameter)}");
    }

    /// <summary>One that belongs to a parameter.</summary>
    /// <exception cref="RunException">It is not there, or has another shape or type than the parameter.</exception>
    public Tensor Get(string name, Tensor parameter) => Find(name, parameter) ?? throw Fault($"it lacks the tensor '{name}'");

    /// <summary>A single whole number.</summary>
    /// <exception cref="RunException">It is not there, or something else.</exception>
    public long GetCount(string name) => tensors.TryGetValue(name, out var found) && found.dtype == ScalarType.Int64 && found.numel() == 1
        ? found.item<long>()
        : throw Fault($"its tensor '{name}' is missing or no whole number");

    private static string Words(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}] of {tensor.dtype}";

    private RunException Fault(string what) => new($"The checkpoint {path} cannot be continued from: {what}; delete the folder to start again.");
}
