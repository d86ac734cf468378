using AdwUNet.Architectures;
using AdwUNet.Cpu;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Networks;

/// <summary>Networks computed by the CPU kernels support all uses of networks computed by libtorch.</summary>
public sealed class KernelNetworkUseTests
{
    private static readonly Plan Plan = new()
    {
        Dataset = "Noise",
        Modalities = ["MRI"],
        Classes = ["background", "one", "two"],
        AxisOrder = [0, 1, 2],
        Spacing = new(1, 1, 1),
        MedianShape = Shape3.Cube(8),
        PatchSize = Shape3.Cube(8),
        BatchSize = 1,
        PoolKernels = [Shape3.Cube(2), Shape3.Cube(2)],
        ConvKernels = [Shape3.Cube(3), Shape3.Cube(3), Shape3.Cube(3)],
        Normalization = [new(NormalizationScheme.ZScore)],
        BatchDice = false,
        InPlaneAugmentation = false,
    };

    private static readonly SearchSpace Space = new() { Family = Family.AdwUNet, BaseWidth = 12, MaxWidth = 24, MaxDepth = 2 };

    public KernelNetworkUseTests() => Assert.SkipUnless(CpuFeatures.Kernels, "the kernels need AVX-512 or AVX2 on Linux");

    [Fact]
    public void Gradients_of_a_penalty_are_added_to_those_of_the_logits()
    {
        using var scope = NewDisposeScope();
        var image = Image();
        using var network = Network(Precision.Float32);
        using var reference = Network(null);
        foreach (var each in new[] { network, reference })
        {
            for (var step = 0; step < 2; step++) // gradients are overwritten, not accumulated
            {
                using var value = each.Backward(image, logits => logits[0].square().mean() + each.parameters().Select(p => (p + 1).square().sum()).Aggregate((a, b) => a + b));
            }
        }

        foreach (var (expected, found) in reference.parameters().Zip(network.parameters()))
        {
            Assert.True(found.grad!.allclose(expected.grad!, rtol: 1e-3, atol: 1e-4), $"{expected.grad} {found.grad}");
        }
    }

    [Fact]
    public void Concurrent_forward_passes_equal_sequential_ones()
    {
        const int times = 40;
        using var network = Network(Precision.Float32);
        using var wrong = zeros([1, 1, 7, 8, 8]); // a failing pass must not release the memory of another one
        Shape3[] sizes = [Shape3.Cube(8), new(8, 12, 8), Shape3.Cube(12), new(12, 8, 8), new(16, 8, 8), new(8, 8, 16)]; // more sizes than the network keeps plans for
        var images = Array.ConvertAll(sizes, size => randn([1, 1, size.Z, size.Y, size.X]));
        var alone = Array.ConvertAll(images, Finest);
        Parallel.For(0, times * images.Length, i =>
        {
            Assert.Equal(alone[i % images.Length], Finest(images[i % images.Length]));
            Assert.Throws<ArgumentException>(() => Finest(wrong));
        });
        Array.ForEach(images, image => image.Dispose());

        float[] Finest(Tensor image)
        {
            using var scope = NewDisposeScope();
            using var quiet = no_grad();
            return network.forward(image)[0].contiguous().data<float>().ToArray();
        }
    }

    [Fact]
    public void A_moved_network_uses_its_new_weights()
    {
        using var scope = NewDisposeScope();
        var image = Image();
        using var network = Network(Precision.Float32);
        using var before = network.Backward(image, logits => logits[0].square().mean());
        network.to(float64);
        network.to(float32);
        using var after = network.Backward(image, logits => logits[0].square().mean());
        Assert.Equal(before.item<float>(), after.item<float>());
        using var quiet = no_grad();
        Assert.Equal([1, 3, 8, 8, 8], network.forward(image)[0].shape);
    }

    [Fact]
    public void The_loss_may_change_its_logits_in_place()
    {
        using var scope = NewDisposeScope();
        var image = Image();
        using var network = Network(Precision.Float32);
        using var plain = network.Backward(image, logits => (2 * logits[0]).square().mean());
        using var changed = network.Backward(image, logits => logits[0].mul_(2).view(-1).square().mean());
        Assert.Equal(plain.item<float>(), changed.item<float>(), 1e-6f * plain.item<float>());
    }

    [Fact]
    public void An_image_that_requires_a_gradient_gets_one()
    {
        using var scope = NewDisposeScope();
        var image = Image().requires_grad_();
        using var network = Network(Precision.Float32);
        using var value = network.Backward(image, logits => logits[0].square().mean());
        Assert.True(image.grad!.abs().sum().item<float>() > 0);
    }

    [Fact]
    public void An_empty_batch_is_refused()
    {
        using var quiet = no_grad();
        using var network = Network(Precision.Float32);
        var error = Assert.Throws<ArgumentException>(() => network.forward(zeros([0, 1, 8, 8, 8])));
        Assert.Equal("The network takes images [N, 1, D, H, W] with voxels, not [0, 1, 8, 8, 8].", error.Message);
    }

    [Fact]
    public void A_failing_loss_leaves_gradients_unchanged()
    {
        using var scope = NewDisposeScope();
        var image = Image();
        using var network = Network(Precision.Float32);
        using var value = network.Backward(image, logits => logits[0].square().mean());
        var before = network.parameters().Select(p => p.grad?.clone()).ToList();
        Assert.Throws<NotSupportedException>(() => network.Backward(image, _ => throw new NotSupportedException()));
        foreach (var (parameter, gradient) in network.parameters().Zip(before))
        {
            Assert.Equal(gradient is null, parameter.grad is null);
            if (gradient is not null) Assert.True(parameter.grad!.equal(gradient).all().item<bool>());
        }
    }

    private static Tensor Image() => randn([1, 1, 8, 8, 8], generator: new Generator(3));

    private static Supernet Network(Precision? precision) => new(Plan, Space, 1) { Precision = precision, Choice = { Noise = GumbelNoise.Seeded(1, 0) } };
}
