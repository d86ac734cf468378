using System.Text.Json.Serialization;
using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Planning;
using static TorchSharp.torch;

namespace AdwUNet.Search;

/// <summary>
/// A limit for the cost of the derived network. Architecture steps then minimize the loss plus λ · <see cref="ExpectedCost"/> / limit. The multiplier λ
/// rises while the decoded network costs more than the limit, and falls, also below 0, while it costs less than 95 % of it (dual ascent).
/// </summary>
/// <param name="Kind">What is limited; null for a <see cref="Model"/>.</param>
/// <param name="Limit">The limit in the units of <see cref="NetworkCost"/> or of the model, on a batch of the search's plan.</param>
public sealed record Budget(CostKind? Kind, double Limit)
{
    /// <summary>What is limited where it is none of <see cref="CostKind"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CostModel? Model { get; init; }

    /// <summary>A fixed λ, in units of the loss; null for dual ascent.</summary>
    public double? Weight { get; init; }

    /// <summary>The change of λ per architecture step and unit of relative excess.</summary>
    public double Rate { get; init; } = 1e-3;

    /// <summary>What λ is raised by for one step per unit of relative excess, for the decisions that can lead the network back to its budget.</summary>
    public double Damping { get; init; } = 100;

    /// <summary>Limits <see cref="NetworkCost.ForwardFlops"/>.</summary>
    public static Budget Flops(double limit) => new(CostKind.Flops, limit);

    /// <summary>Limits <see cref="NetworkCost.Weights"/>.</summary>
    public static Budget Weights(double limit) => new(CostKind.Weights, limit);

    /// <summary>Limits <see cref="NetworkCost.Activations"/>.</summary>
    public static Budget Activations(double limit) => new(CostKind.Activations, limit);

    /// <summary>Limits a cost of your own.</summary>
    public static Budget Of(CostModel cost, double limit) => new(null, limit) { Model = cost };

    internal double Cost(Architecture architecture, Plan plan) => Model?.Of(architecture, plan) ?? NetworkCost.Of(architecture, plan).Of(Kind!.Value);

    internal Tensor Expected(Supernet supernet) => Model?.Expected(supernet) ?? ExpectedCost.Of(supernet, Kind!.Value);
}
