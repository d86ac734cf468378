using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Tests.Networks;
using static TorchSharp.torch;

namespace AdwUNet.Mixed.Tests;

/// <summary>What a forward pass keeps against the formula.</summary>
public sealed class KeptMemoryTests
{
    private const double Tolerance = 0.01; // the drawn masks and depths are not in the formula

    public static IEnumerable<TheoryDataRow<Family, Precision, string>> Cases =>
        from family in Enum.GetValues<Family>()
        from precision in new[] { Precision.Float32, Precision.BFloat16 }
        from plan in SmallPlans.Names
        select new TheoryDataRow<Family, Precision, string>(family, precision, plan);

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_pass_keeps_the_outputs_of_convolutions_alone(Family family, Precision precision, string name)
    {
        using var scope = NewDisposeScope();
        var (plan, space) = (SmallPlans.Of(name), SmallPlans.Space(family));
        var cost = NetworkCost.Of(space, plan);
        var (kept, logits) = (0L, 0L);
        using var network = new Supernet(plan, space, 1);
        using var passes = new MixedPasses(network, Formats.Of(precision)) { AfterForward = pass => kept = pass.KeptBytes };
        passes.Backward(NetworkGradients.Batch(plan).Image, outputs =>
        {
            logits = outputs.Sum(output => output.numel() * output.element_size());
            return outputs[0].mean();
        });
        const int copies = 3; // the formula counts what the loss reads, what it may change, and the gradient
        var expected = MixedStepMemory.Of(cost, plan, precision).Kept - (copies * logits);
        Assert.InRange(kept / (double)expected, 1 - Tolerance, 1 + Tolerance);
        var withoutRecomputation = cost.Activations * (precision == Precision.Float32 ? 4 : 2);
        Assert.InRange(kept, 1, 0.6 * withoutRecomputation);
    }
}
