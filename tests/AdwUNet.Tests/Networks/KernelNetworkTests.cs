using AdwUNet.Architectures;
using AdwUNet.Cpu;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Sampling;
using AdwUNet.Tests.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Networks;

/// <summary>
/// Networks computed by the CPU kernels against the same networks computed by libtorch in float64: logits, losses and gradients. libtorch in float32 is
/// no reference: it loses almost all of the alpha gradients of the published mask placement to rounding.
/// </summary>
public sealed class KernelNetworkTests
{
    private const double SingleLoss = 1e-5;

    // Usually 2e-6. Where rounding changes the sign of the input of an activation, up to 4e-3, because these small networks have few activations.
    private const double SingleGradients = 1e-2;

    private const double BFloat16Loss = 1e-2;

    // Cosines with the float64 gradients. In bfloat16, more activations change their sign; in a small patch, each of them counts more.
    private const double BFloat16Weights = 0.999;
    private const double BFloat16WeightsOfSmallPatches = 0.985;
    private const double BFloat16Architecture = 0.95;
    private const int SmallPatches = 10_000; // voxels of a batch

    public static IEnumerable<TheoryDataRow<Family, MaskPlacement, string>> Supernets =>
        from family in Enum.GetValues<Family>()
        from placement in Enum.GetValues<MaskPlacement>()
        where family != Family.AdUNet || placement == MaskPlacement.BeforeNorm // AdU-Net has no mask
        from plan in Plans
        where family != Family.AwUNet || plan.Data != "odd sizes" // the largest plan takes too long
        select new TheoryDataRow<Family, MaskPlacement, string>(family, placement, plan.Data);

    public static TheoryData<string> Plans => ["even", "flat", "two modalities", "odd sizes"];

    [Theory]
    [MemberData(nameof(Supernets))]
    public void Supernet_losses_and_gradients_match_libtorch_in_float64(Family family, MaskPlacement placement, string plan) => Check(
        PlanOf(plan), (of, precision) => new Supernet(of, Space(family) with { MaskPlacement = placement }, 1)
        {
            Precision = precision,
            Choice = { Noise = GumbelNoise.Seeded(1, 0) },
        });

    [Theory]
    [MemberData(nameof(Plans))]
    public void Derived_network_losses_and_gradients_match_libtorch_in_float64(string plan) =>
        Check(
            PlanOf(plan),
            (of, precision) => new DerivedUNet(of, Architecture.FromWidths([[10, 24], [17, 32, 20], [40], [24, 16], [16]]), 1) { Precision = precision });

    [Fact]
    public void Gradients_are_bit_identical_for_any_number_of_threads()
    {
        RequireKernels();
        using var scope = NewDisposeScope();
        var plan = PlanOf("two modalities");
        var (image, _) = NetworkGradients.Batch(plan);
        var gradients = new List<string>();
        var before = get_num_threads();
        try
        {
            foreach (var threads in new[] { 1, 2, 3 })
            {
                set_num_threads(threads);
                using var network = new Supernet(plan, Space(Family.AdwUNet), 1) { Precision = Precision.Auto };

                // The gradient of this loss is elementwise. libtorch reduces other losses in an order that depends on the number of threads.
                network.Backward(image, logits => logits.Select(output => (output * output.detach().sign()).sum()).Aggregate((a, b) => a + b));
                gradients.Add(Convert.ToHexString(cat([.. network.parameters().Where(p => p.grad is not null).Select(p => p.grad!.flatten())]).bytes));
            }
        }
        finally
        {
            set_num_threads(before);
        }

        Assert.Single(gradients.Distinct());
    }

    [Fact]
    public void A_step_leaves_no_live_tensors()
    {
        RequireKernels();
        using var scope = NewDisposeScope();
        var plan = PlanOf("flat");
        var (image, targets) = NetworkGradients.Batch(plan);
        using var network = new Supernet(plan, Space(Family.AdwUNet), 1) { Precision = Precision.Auto };
        void Step()
        {
            using var scope = NewDisposeScope();
            network.Backward(image, logits => NetworkGradients.Loss(plan).Forward(logits, targets));
            using var quiet = no_grad();
            network.forward(image);
        }

        Step();
        var live = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        Step();
        Assert.Equal(live, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_loss_of_coarse_logits_gives_finer_blocks_no_gradient()
    {
        RequireKernels();
        using var scope = NewDisposeScope();
        var plan = PlanOf("even");
        var (image, _) = NetworkGradients.Batch(plan);
        using var network = new Supernet(plan, Space(Family.AdUNet), 1) { Precision = Precision.Float32 };
        using var reference = new Supernet(plan, Space(Family.AdUNet), 1);
        network.Backward(image, logits => logits[1].square().mean());
        reference.Backward(image, logits => logits[1].square().mean());
        Assert.Equal(NetworkGradients.Of(reference).Keys.Order(), NetworkGradients.Of(network).Keys.Order());
        Assert.DoesNotContain(NetworkGradients.Of(network).Keys, name => name.StartsWith("conv_blocks_localization.1", StringComparison.Ordinal));
    }

    [Fact]
    public void Images_of_a_wrong_size_are_refused()
    {
        RequireKernels();
        using var scope = NewDisposeScope();
        using var network = new Supernet(PlanOf("even"), Space(Family.AdUNet)) { Precision = Precision.Float32 };
        using var quiet = no_grad();
        Assert.Equal(
            "The patch has 7×8×8 voxels at one resolution and 4×4×4 at the next; make its size a multiple of the pooling strides, which are 2×2×2 there.",
            Assert.Throws<ArgumentException>(() => network.forward(zeros([1, 1, 7, 8, 8]))).Message);
        Assert.Equal(
            "The network takes images [N, 1, D, H, W] with voxels, not [1, 3, 8, 8, 8].",
            Assert.Throws<ArgumentException>(() => network.forward(zeros([1, 3, 8, 8, 8]))).Message);
    }

    [Fact]
    public void Networks_computed_by_the_kernels_for_AVX2_match_libtorch_in_float64()
    {
        RequireKernels();
        Assert.SkipUnless(WithoutAvx512.IsOther, "without AVX-512, the other tests compute by the kernels for AVX2");
        var output = WithoutAvx512.Run(
            "-class", typeof(KernelNetworkTests).FullName!, "-method-", $"*{nameof(Networks_computed_by_the_kernels_for_AVX2_match_libtorch_in_float64)}");
        Assert.Contains("Skipped: 0", output, StringComparison.Ordinal);
    }

    private static void RequireKernels() => Assert.SkipUnless(CpuFeatures.Kernels, "the kernels need AVX-512 or AVX2 on Linux");

    private static void Check(Plan plan, Func<Plan, Precision?, EncoderDecoder> make)
    {
        RequireKernels();
        using var scope = NewDisposeScope();
        var (image, targets) = NetworkGradients.Batch(plan);
        using var reference = make(plan, null);
        reference.to(float64);
        using var loss = reference.Backward(image.to(float64), logits => NetworkGradients.Loss(plan).Forward(logits, targets));
        var expected = NetworkGradients.Of(reference);
        Precision[] precisions = CpuFeatures.BFloat16 ? [Precision.Float32, Precision.BFloat16] : [Precision.Float32];
        foreach (var precision in precisions)
        {
            using var network = make(plan, precision);
            using var value = network.Backward(image, logits => NetworkGradients.Loss(plan).Forward(logits, targets));
            var single = precision == Precision.Float32;
            Near(loss, value, single ? SingleLoss : BFloat16Loss);
            var actual = NetworkGradients.Of(network);
            Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
            foreach (var (kind, isOne) in NetworkGradients.Kinds)
            {
                string[] names = [.. expected.Keys.Where(isOne)];
                if (names.Length > 0)
                {
                    var (cosine, difference) = NetworkGradients.Compare(names, expected, actual);
                    var least = kind != "weights" ? BFloat16Architecture
                        : plan.BatchSize * plan.PatchSize.Count < SmallPatches ? BFloat16WeightsOfSmallPatches : BFloat16Weights;
                    Assert.True(
                        single ? difference < SingleGradients : cosine > least,
                        $"{precision}: the gradient of the {kind} has the cosine {cosine:F6} and differs by {difference:0.0e0}");
                }
            }

            CheckForward(network, image);
        }
    }

    // The forward pass without gradients releases activations early and computes the same logits.
    private static void CheckForward(EncoderDecoder network, Tensor image)
    {
        Tensor[] recorded = [];
        network.Backward(image, logits =>
        {
            recorded = [.. logits.Select(output => output.detach().clone().DetachFromDisposeScope())];
            return logits[0].mean();
        });
        using var quiet = no_grad();
        var outputs = network.forward(image);
        Assert.All(recorded.Zip(outputs), pair => Assert.True(pair.First.equal(pair.Second).all().item<bool>()));
        Array.ForEach(recorded, output => output.Dispose());
    }

    private static void Near(Tensor expected, Tensor actual, double tolerance)
    {
        var (there, here) = (expected.item<double>(), actual.to(float64).item<double>());
        Assert.True(Math.Abs(here - there) < tolerance * Math.Abs(there), $"the loss is {here} instead of {there}");
    }

    private static SearchSpace Space(Family family) => new() { Family = family, BaseWidth = 12, MaxWidth = 24, MaxDepth = family == Family.AwUNet ? 2 : 3 };

    private static Plan PlanOf(string name)
    {
        var two = Shape3.Cube(2);
        var small = TestPlans.Small(new(1, 1, 1)) with { PoolKernels = [two, two], ConvKernels = [.. Enumerable.Repeat(Shape3.Cube(3), 3)] };
        return name switch
        {
            "even" => small with { PatchSize = new(12, 16, 8) },
            "flat" => small with { PatchSize = new(5, 16, 12), PoolKernels = [new(1, 2, 2), new(1, 2, 2)], ConvKernels = [new(1, 3, 3), new(1, 3, 3), Shape3.Cube(3)], BatchSize = 3 },
            "two modalities" => small with { PatchSize = new(8, 12, 20), PoolKernels = [new(1, 2, 2), two], ConvKernels = [new(1, 3, 3), Shape3.Cube(3), Shape3.Cube(3)], Modalities = ["T1", "T2"], BatchSize = 1 },
            "odd sizes" => small with { PatchSize = new(12, 20, 28), BatchSize = 4, BatchDice = true },
            _ => throw new ArgumentOutOfRangeException(nameof(name)),
        };
    }
}
