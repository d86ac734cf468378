using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Storage;

/// <summary>A network's weights under the published parameter names, as a safetensors file that Python reads too.</summary>
public static class Weights
{
    /// <summary>Saves all parameters and buffers.</summary>
    /// <param name="network">Any network.</param>
    /// <param name="path">The file; replaced as a whole.</param>
    public static void Save(nn.Module network, string path)
    {
        using var scope = NewDisposeScope();
        Safetensors.Save(path, network.state_dict());
    }

    /// <summary>Loads what <see cref="Save"/> or a Python user wrote; every name and shape must fit.</summary>
    /// <param name="network">The network to fill.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="SafetensorsException">The file is missing or damaged, its weights are not finite or no floating-point numbers, or its names or shapes are not the network's.</exception>
    public static void Load(nn.Module network, string path)
    {
        using var scope = NewDisposeScope();
        var (tensors, _) = Safetensors.Load(path);
        var parameters = network.state_dict();
        if (tensors.FirstOrDefault(pair => !pair.Value.is_floating_point() && parameters.TryGetValue(pair.Key, out var own) && own.is_floating_point()) is { Key: { } whole, Value.dtype: var type })
            throw new SafetensorsException($"{path} holds '{whole}' as {type}, whole numbers, which without their scale are no weights; save the weights as floating-point numbers.");
        if (FirstNotFinite(tensors) is { } bad)
        {
            throw new SafetensorsException($"{path} holds weights that are not finite, in '{bad}'; load the weights of an earlier epoch.");
        }

        Copy(tensors, parameters, path);
    }

    private static string? FirstNotFinite(IReadOnlyDictionary<string, Tensor> tensors) =>
        tensors.Where(pair => pair.Value.is_floating_point() && !pair.Value.isfinite().all().item<bool>()).Select(pair => pair.Key).FirstOrDefault();

    /// <summary>Copies tensors into those of the same names.</summary>
    internal static void Copy(IReadOnlyDictionary<string, Tensor> from, IReadOnlyDictionary<string, Tensor> to, string path)
    {
        var odd = from.Keys.Except(to.Keys).Concat(to.Keys.Except(from.Keys)).FirstOrDefault();
        if (odd is not null)
        {
            throw new SafetensorsException(
                $"{path} does not fit the network: '{odd}' is only in the {(from.ContainsKey(odd) ? "file" : "network")}; "
                + "build the network from the architecture that the file belongs to.");
        }

        using var noGrad = no_grad();
        foreach (var (name, target) in to)
        {
            if (!from[name].shape.SequenceEqual(target.shape))
            {
                throw new SafetensorsException(
                    $"{path} does not fit the network: '{name}' is [{string.Join(", ", from[name].shape)}] in the file and "
                    + $"[{string.Join(", ", target.shape)}] in the network.");
            }

            target.copy_(from[name]);
        }
    }
}
