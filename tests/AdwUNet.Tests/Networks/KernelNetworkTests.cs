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
/// Networks computed by kernels against the same networks computed by libtorch in double precision: logits, losses and gradients. Single
/// precision would be no measure, for it leaves almost nothing of the published placement's alpha gradients.
/// </summary>
public sealed class KernelNetworkTests
{
    private const double SingleLoss = 1e-5;

    // 2e-6, but where rounding changes the sign of what one of the few activations of so small a network gets: 4e-3 was seen.
    private const double SingleGradients = 1e-2;

    private const double BFloat16Loss = 1e-2;

    // Cosines with the true gradients. The same happens to more activations in bfloat16: the smaller the patch, the more one of them counts.
    private const double BFloat16Weights = 0.999;
    private const double BFloat16WeightsOfSmallPatches = 0.985;
    private const double BFloat16Architecture = 0.95;
    private const int SmallPatches = 10_000; // voxels of a batch

    public static IEnumerable<TheoryDataRow<Family, MaskPlacement, string>> Supernets =>
        from family in Enum.GetValues<Family>()
        from placement in Enum.GetValues<MaskPlacement>()
        where family != Family.AdUNet || placement == MaskPlacement.BeforeNorm // it has no mask
        from plan in Plans
        where family != Family.AwUNet || plan.Data != "odd sizes" // the largest, for time's sake
        select new TheoryDataRow<Family, MaskPlacement, string>(family, placement, plan.Data);

    public static TheoryData<string> Plans => ["even", "flat", "two modalities", "odd sizes"];

    [Theory]
    [MemberData(nameof(Supernets))]
    public void Supernets_equal_libtorchs(Family family, MaskPlacement placement, string plan) => Check(
        PlanOf(plan), (of, precision) => new Supernet(of, Space(family) with { MaskPlacement = placement }, 1)
        {
            Precision = precision,
            Choice = { Noise = GumbelNoise.Seeded(1, 0) },
        });

    [Theory]
    [MemberData(nameof(Plans))]
    public void Derived_networks_equal_libtorchs(string plan) =>
        Check(
            PlanOf(plan),
            (of, precision) => new DerivedUNet(of, Architecture.FromWidths([[10, 24], [17, 32, 20], [40], [24, 16], [16]]), 1) { Precision = precision });

    [Fact]
    public void Any_number_of_threads_gives_the_same_bytes()
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

                // Of a loss that sums, libtorch's own gradient would depend on the threads.
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
    public void A_step_frees_what_it_made()
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
    public void A_loss_of_the_coarse_logits_alone_leaves_the_finer_blocks_without_gradient()
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
    public void Images_that_do_not_fit_are_refused()
    {
        RequireKernels();
        using var scope = NewDisposeScope();
        using var network = new Supernet(PlanOf("even"), Space(Family.AdUNet)) { Precision = Precision.Float32 };
        using var quiet = no_grad();
        Assert.Equal(
            "A patch that is 7×8×8 at one resolution and 4×4×4 at the next cannot be put together again: its size must be a multiple of what is pooled, 2×2×2 there.",
            Assert.Throws<ArgumentException>(() => network.forward(zeros([1, 1, 7, 8, 8]))).Message);
        Assert.Equal(
            "The network takes images [N, 1, D, H, W] with voxels, not [1, 3, 8, 8, 8].",
            Assert.Throws<ArgumentException>(() => network.forward(zeros([1, 3, 8, 8, 8]))).Message);
    }

    [Fact]
    public void Elsewhere_than_on_a_cpu_libtorch_computes_in_float32() =>
        Assert.Equal("float32 by libtorch", Network().ArithmeticOn(new Device(DeviceType.CUDA), Precision.BFloat16).ToString());

    private static DerivedUNet Network() => new(PlanOf("even"), Architecture.FromWidths([[12], [12], [12], [12], [12]]));

    private static void RequireKernels() => Assert.SkipUnless(CpuFeatures.Kernels, "kernels are made for AVX-512 on Linux");

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

    // The way without gradients frees as it goes; what it computes is the same.
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
        Assert.True(Math.Abs(here - there) < tolerance * Math.Abs(there), $"a loss of {here} where it is {there}");
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
