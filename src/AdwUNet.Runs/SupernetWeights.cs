using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using AdwUNet.Networks;
using AdwUNet.Search;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Runs;

/// <summary>
/// The weights of a searched supernet, from which the training of a derived network can start instead of from random ones. All widths of a convolution
/// share the first channels of one tensor, and all depths of a block the first units of one chain, so that the network's weights are slices.
/// </summary>
/// <remarks>
/// The network then computes what the supernet computes with the same choices at temperature 0, except for two things that it does not have: channels of
/// the up-sampling beyond the width of the skip, and, with the mask before the norm, the constants that masked channels still pass on.
/// </remarks>
public sealed partial class SupernetWeights : IDisposable
{
    private readonly string _source;
    private readonly Dictionary<string, Tensor> _tensors;

    private SupernetWeights(string source, Dictionary<string, Tensor> tensors) => (_source, _tensors) = (source, tensors);

    /// <summary>The current weights of a supernet; later steps do not change them.</summary>
    /// <param name="supernet">The supernet.</param>
    public static SupernetWeights Of(Supernet supernet) =>
        new("the supernet", supernet.named_parameters().ToDictionary(p => p.name, p => p.parameter.detach().cpu().clone().DetachFromDisposeScope()));

    /// <summary>The weights in the checkpoint of a search.</summary>
    /// <param name="searchFolder">The folder of a <see cref="SearchRun"/>.</param>
    /// <exception cref="RunException">The checkpoint is missing or damaged.</exception>
    public static SupernetWeights Load(string searchFolder)
    {
        var path = new RunFolder(searchFolder).CheckpointPath;
        if (!File.Exists(path))
        {
            throw new RunException(
                $"{path}, which has the weights of the supernet, is missing; run the search again, or start the training from random weights.");
        }

        var (tensors, _) = Checkpoint.Load<SearchState>(path);
        return new(path, tensors.ToDictionary(pair => pair.Key, pair => pair.Value.DetachFromDisposeScope()));
    }

    /// <summary>Replaces the weights of a network by those of the supernet.</summary>
    /// <param name="network">A network that the supernet contains.</param>
    /// <exception cref="RunException">The supernet does not contain it.</exception>
    public void CopyTo(DerivedUNet network)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, parameter) in network.named_parameters())
        {
            parameter.copy_(Slice(name, parameter.shape));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _tensors.Values) tensor.Dispose();
    }

    /// <summary>A hash of all weights of a network, for the configuration of its training.</summary>
    internal static string Hash(DerivedUNet network)
    {
        using var scope = NewDisposeScope();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (_, parameter) in network.named_parameters())
        {
            hash.AppendData(parameter.detach().cpu().contiguous().bytes);
        }

        return "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private Tensor Slice(string name, long[] shape)
    {
        // The published derived AdU-Net numbers its units from 0, the supernet from 1.
        var published = ListedUnit().Replace(name, match => $".block{int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) + 1}.");
        if (!_tensors.TryGetValue(published, out var values)
            || values.shape.Length != shape.Length
            || shape.Zip(values.shape).Any(size => size.First > size.Second))
        {
            var here = values is null ? "missing" : $"[{string.Join(", ", values.shape)}]";
            throw new RunException(
                $"{_source} does not contain the network: '{name}' is [{string.Join(", ", shape)}] in the network and {here} in the supernet; use the search "
                + "that the network is derived from.");
        }

        for (var axis = 0; axis < shape.Length; axis++)
        {
            values = axis == 1 && JoinedInput().IsMatch(published) ? Halves(values, shape[1]) : values.narrow(axis, 0, shape[axis]);
        }

        return values;
    }

    // The first unit of a decoder block reads the up-sampled channels, then as many of the skip.
    private static Tensor Halves(Tensor values, long width) =>
        cat([values.narrow(1, 0, width / 2), values.narrow(1, values.shape[1] / 2, width / 2)], 1);

    [GeneratedRegex(@"\.blocks\.(\d+)\.")]
    private static partial Regex ListedUnit();

    [GeneratedRegex(@"^conv_blocks_localization\.\d+\.block1\.")]
    private static partial Regex JoinedInput();
}
