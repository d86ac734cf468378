using AdwUNet.Architectures;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Tests.Planning;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Networks;

/// <summary>The initial weights: Kaiming normal for a LeakyReLU of 0.01, biases 0, norms the identity (nnU-Net v1, InitWeights_He).</summary>
public class InitializationTests
{
    // Of the standard deviation of at least 1000 weights.
    private const double SamplingError = 0.1;

    [Fact]
    public void Weights_have_the_deviation_of_their_fan_in()
    {
        using var scope = NewDisposeScope();
        using var network = Build(seed: 1);
        var seen = 0;
        foreach (var module in network.modules())
        {
            // PyTorch takes the fan-in from dimension 1, which for a transposed convolution is the number of its outputs.
            var weight = module switch { Conv3d c => c.weight, ConvTranspose3d t => t.weight, _ => null };
            if (weight is not null && weight.numel() >= 1000)
            {
                seen++;
                var fanIn = weight.shape[1] * weight.shape[2..].Aggregate(1L, (product, size) => product * size);
                var expected = Math.Sqrt(2 / (1 + (0.01 * 0.01)) / fanIn);
                Assert.InRange(weight.std().item<float>() / expected, 1 - SamplingError, 1 + SamplingError);
                Assert.InRange(Math.Abs(weight.mean().item<float>()) / expected, 0, SamplingError);
            }
        }

        Assert.Equal(5, seen);
    }

    [Fact]
    public void Biases_are_zero_and_norms_change_nothing()
    {
        using var network = Build(seed: 1);
        foreach (var (name, parameter) in network.named_parameters().Where(p => !p.name.EndsWith("conv.weight", StringComparison.Ordinal) && p.parameter.dim() == 1))
        {
            var expected = name.EndsWith(".bias", StringComparison.Ordinal) ? 0 : 1;
            Assert.All(parameter.data<float>().ToArray(), value => Assert.Equal(expected, value));
        }
    }

    [Fact]
    public void The_seed_decides()
    {
        using var scope = NewDisposeScope();
        var (first, same, other) = (Build(1).parameters(), Build(1).parameters(), Build(2).parameters());
        Assert.All(first.Zip(same), pair => Assert.True(pair.First.equal(pair.Second).all().item<bool>()));
        Assert.Contains(first.Zip(other), pair => !pair.First.equal(pair.Second).all().item<bool>());
    }

    // Every convolution has another number of inputs than of outputs.
    private static DerivedUNet Build(ulong seed) => new(
        TestPlans.Small(new Spacing3(1, 1, 1)), Architecture.FromWidths([[8, 20], [24], [16, 12]]), seed);
}
