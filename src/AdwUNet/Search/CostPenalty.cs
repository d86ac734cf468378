using AdwUNet.Networks;
using AdwUNet.Storage;
using static TorchSharp.torch;

namespace AdwUNet.Search;

/// <summary>The penalty of a <see cref="Budget"/>.</summary>
internal sealed class CostPenalty(Supernet supernet, Budget budget)
{
    private const double LeastUse = 0.95; // of the limit
    private const double LeastTemperature = 0.25; // below it, only decisions on the brink would have a gradient
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
        (budget.Expected(supernet) * (Multiplier / budget.Limit)).backward();
        if (excess != 0) Return(use, excess);
    }

    /// <summary>Leads the decoded network back between the bounds, by the decisions whose next option does not lead beyond the other bound, or else by all.</summary>
    private void Return(double use, double excess)
    {
        var (choice, parameters, temperature) = (supernet.Choice, supernet.ArchitectureParameters, supernet.Choice.Temperature);
        choice.Temperature = Math.Max(temperature, LeastTemperature);
        var moves = parameters.Zip(autograd.grad([budget.Expected(supernet) / budget.Limit], [.. parameters]), (logits, gradient) =>
        {
            // With the shares p of a softmax, the gradient is p / τ times the option's cost beside the mean cost.
            var costs = (gradient.to(float64) * choice.Temperature / (logits.detach().to(float64) / choice.Temperature).softmax(0)).cpu().data<double>().ToArray();
            var best = (int)logits.argmax().item<long>();
            var next = best - Math.Sign(excess);
            return (logits, gradient, Change: next < 0 || next >= costs.Length ? 0 : Math.Abs(costs[next] - costs[best]));
        }).ToArray();
        choice.Temperature = temperature;
        var fitting = moves.Where(move => move.Change > 0 && move.Change <= (excess > 0 ? use - LeastUse : 1 - use)).ToArray();
        foreach (var move in fitting.Length > 0 ? fitting : moves) move.logits.grad!.add_(move.gradient * (budget.Damping * excess));
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
