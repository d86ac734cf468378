using AdwUNet.Networks;
using AdwUNet.Storage;
using static TorchSharp.torch;

namespace AdwUNet.Search;

/// <summary>The penalty of a <see cref="Budget"/>.</summary>
internal sealed class CostPenalty(Supernet supernet, Budget budget)
{
    private const double LeastUse = 0.95; // of the limit
    private const string Name = "budget.multiplier"; // in a checkpoint

    /// <summary>The multiplier λ; 0 at first where it is not fixed.</summary>
    public double Multiplier { get; private set; } = budget.Weight ?? 0;

    /// <summary>Adapts the multiplier to the decoded network, and adds the gradient of the penalty to the gradients of alphas and betas.</summary>
    public void Backward()
    {
        using var scope = NewDisposeScope();
        var use = budget.Cost(supernet.Decode(), supernet.Plan) / budget.Limit;
        var excess = budget.Weight is null && (use is < LeastUse or > 1) ? use - ((1 + LeastUse) / 2) : 0;
        Multiplier += budget.Rate * excess;
        (budget.Expected(supernet) * ((Multiplier + (budget.Damping * excess)) / budget.Limit)).backward();
    }

    /// <summary>The expected cost without gradient.</summary>
    public double Expected()
    {
        using var cost = budget.Expected(supernet);
        return cost.item<double>();
    }

    public void Collect(Dictionary<string, Tensor> into) => into[Name] = tensor(Multiplier);

    public void Restore(StoredTensors from) => Multiplier = from.Get(Name, tensor(Multiplier)).item<double>();
}
