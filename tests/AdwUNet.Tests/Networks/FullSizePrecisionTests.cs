using AdwUNet.Architectures;
using AdwUNet.Cpu;
using AdwUNet.Networks;
using AdwUNet.Sampling;
using AdwUNet.Tests.Golden;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Networks;

/// <summary>The published supernets in bfloat16 against themselves in float32, at initialisation, with the hippocampus's patch and two of them a batch.</summary>
[Collection(LargeNetworks.Name)]
public sealed class FullSizePrecisionTests
{
    private const double LeastCosine = 0.999; // of the whole gradient of the weights

    // The norm behind the mask cancels most of what alphas get: rounding weighs more in what is left.
    private const double LeastArchitectureCosine = 0.99;
    private const double LargestDifference = 0.05; // of the gradient's norm; a cosine does not see its scale
    private const double LossTolerance = 1e-3;

    [Theory]
    [InlineData(Family.AdUNet)]
    [InlineData(Family.AwUNet)]
    [InlineData(Family.AdwUNet)]
    public void Gradients_in_bfloat16_point_where_those_in_float32_do(Family family)
    {
        Assert.SkipUnless(CpuFeatures.Kernels && CpuFeatures.BFloat16, "the processor has no AVX512-BF16");
        using var scope = NewDisposeScope();
        var plan = GoldenPlans.Of("Hippocampus") with { PatchSize = new(40, 56, 40), BatchSize = 2 };
        var (image, targets) = NetworkGradients.Batch(plan);
        (double Loss, Dictionary<string, Tensor> Gradients) In(Precision precision)
        {
            using var network = new Supernet(plan, SearchSpace.Published(family), 1) { Precision = precision, Choice = { Noise = GumbelNoise.Seeded(1, 0) } };
            using var loss = network.Backward(image, logits => NetworkGradients.Loss(plan).Forward(logits, targets));
            return (loss.item<float>(), NetworkGradients.Of(network));
        }

        var (expectedLoss, expected) = In(Precision.Float32);
        var (loss, actual) = In(Precision.BFloat16);
        TestContext.Current.TestOutputHelper!.WriteLine($"{family}: loss {loss} where float32 has {expectedLoss}");
        Assert.InRange(Math.Abs(loss - expectedLoss), 0, LossTolerance * Math.Abs(expectedLoss));
        Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
        foreach (var (kind, isOne) in NetworkGradients.Kinds)
        {
            string[] names = [.. expected.Keys.Where(isOne)];
            if (names.Length > 0)
            {
                var (cosine, difference) = NetworkGradients.Compare(names, expected, actual);
                TestContext.Current.TestOutputHelper!.WriteLine($"{family}: the gradients of the {kind} have the cosine {cosine:F6} and differ by {difference:0.0e0}");
                Assert.InRange(cosine, kind == "weights" ? LeastCosine : LeastArchitectureCosine, 1 + 1e-9);
                Assert.InRange(difference, 0, LargestDifference);
            }
        }
    }
}
