using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Storage;

/// <summary>The tensors of a checkpoint, with checks that they fit the loop.</summary>
/// <param name="path">The file name for error messages.</param>
/// <param name="tensors">The tensors by name.</param>
public sealed class StoredTensors(string path, IReadOnlyDictionary<string, Tensor> tensors)
{
    /// <summary>The tensors whose names also occur in another set.</summary>
    public Dictionary<string, Tensor> Among(IReadOnlyDictionary<string, Tensor> others) =>
        tensors.Where(pair => others.ContainsKey(pair.Key)).ToDictionary();

    /// <summary>Copies the values into the tensors of the same names. Every target must have a stored tensor.</summary>
    /// <exception cref="SafetensorsException">A tensor is missing or has another shape.</exception>
    internal void CopyTo(IReadOnlyDictionary<string, Tensor> others) => Weights.Copy(Among(others), others, path);

    /// <summary>Finds the tensor of a parameter; null if there is none.</summary>
    /// <exception cref="RunException">The tensor and the parameter differ in shape or type.</exception>
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

    /// <summary>Gets the tensor of a parameter.</summary>
    /// <exception cref="RunException">The tensor is missing, or differs from the parameter in shape or type.</exception>
    public Tensor Get(string name, Tensor parameter) => Find(name, parameter) ?? throw Fault($"it lacks the tensor '{name}'");

    /// <summary>Gets a single integer.</summary>
    /// <exception cref="RunException">The tensor is missing or is not a single integer.</exception>
    public long GetCount(string name) => tensors.TryGetValue(name, out var found) && found.dtype == ScalarType.Int64 && found.numel() == 1
        ? found.item<long>()
        : throw Fault($"its tensor '{name}' is missing or no whole number");

    /// <summary>Gets bytes.</summary>
    /// <exception cref="RunException">The tensor is missing or has another type.</exception>
    public byte[] GetBytes(string name) => tensors.TryGetValue(name, out var found) && found.dtype == ScalarType.Byte
        ? found.data<byte>().ToArray()
        : throw Fault($"its tensor '{name}' is missing or does not consist of bytes");

    private static string Words(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}] of {tensor.dtype}";

    private RunException Fault(string what) => new($"The checkpoint {path} cannot be resumed from: {what}; move the folder away to start again.");
}
