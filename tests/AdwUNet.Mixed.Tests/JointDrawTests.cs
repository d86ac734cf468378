using AdwUNet.Architectures;
using AdwUNet.Networks;
using static TorchSharp.torch;

namespace AdwUNet.Mixed.Tests;

/// <summary>The noise of a forward pass.</summary>
public sealed class JointDrawTests
{
    [Fact]
    public void A_forward_pass_copies_its_noise_to_the_device_once()
    {
        using var scope = NewDisposeScope();
        var plan = SmallPlans.Of("even");
        using var network = new Supernet(plan, SmallPlans.Space(Family.AdwUNet), 1) { Choice = { Noise = GumbelNoise.Seeded(1, 0) } };
        Assert.True(network.ArchitectureParameters.Count > 10); // each had a copy of its own
        var image = zeros([1, 1, 8, 8, 8]);
        using var quiet = no_grad();
        for (var pass = 0; pass < 2; pass++)
        {
            var before = JointDraw.Copies;
            network.forward(image);
            Assert.Equal(before + 1, JointDraw.Copies);
        }

        network.Choice.Noise = GumbelNoise.None;
        var without = JointDraw.Copies;
        network.forward(image);
        Assert.Equal(without, JointDraw.Copies);
    }

    [Fact]
    public void The_values_are_those_of_each_parameter_and_new_for_each_pass()
    {
        using var scope = NewDisposeScope();
        var (draws, source) = (new JointDraw(), new object());
        draws.Add("a", 2);
        draws.Add("none", 3);
        draws.Add("b", 1);
        var pass = 0f;
        float[]? Draw(string name, int count) => name == "none" ? null : [.. Enumerable.Range(0, count).Select(i => pass + (name == "a" ? i : 10))];
        float[] Of(string name, int count) => [.. draws.Of(name, zeros([count]), source, Draw)!.data<float>()];
        Assert.Equal([0, 1], Of("a", 2));
        pass = 100; // of the same forward pass still
        Assert.Equal([10], Of("b", 1));
        Assert.Null(draws.Of("none", zeros([3]), source, Draw));
        Assert.Equal([100, 101], Of("a", 2)); // the next one
        pass = 200;
        source = new();
        Assert.Equal([210], Of("b", 1));
        Assert.Equal(float64, draws.Of("a", zeros([2], float64), source, Draw)!.dtype);
    }
}
