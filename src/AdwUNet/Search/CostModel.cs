using System.Text.Json.Serialization;
using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Planning;
using static TorchSharp.torch;

namespace AdwUNet.Search;

/// <summary>A cost of networks that a <see cref="Budget"/> can limit. Derive a record from it for a cost of your own.</summary>
[JsonConverter(typeof(MethodPartConverter<CostModel>))]
public abstract record CostModel : MethodPart
{
    /// <summary>The cost of a network on a batch of a plan.</summary>
    public abstract double Of(Architecture architecture, Plan plan);

    /// <summary>The mean cost of the networks that a supernet may become: see <see cref="ExpectedCost"/>.</summary>
    /// <returns>A float64 scalar, differentiable in alphas and betas. The caller disposes it.</returns>
    public abstract Tensor Expected(Supernet supernet);
}
