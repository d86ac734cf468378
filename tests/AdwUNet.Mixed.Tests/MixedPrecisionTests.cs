using AdwUNet.Architectures;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Tests.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Mixed.Tests;

/// <summary>
/// Small networks in 16 bits against autograd in float64, before and after some steps. tests/Benchmarks/MIXED.md has the published networks.
/// </summary>
public sealed class MixedPrecisionTests
{
    private const double LossTolerance = 1e-2;

    // Cosines with the float64 gradients. In small patches each activation whose sign changes counts more than in published ones.
    private const double LeastCosine = 0.985;
    private const double LeastArchitectureCosine = 0.95;
    private const int Steps = 5;

    private static readonly Dictionary<string, UnitFactory> Units = new()
    {
        ["published"] = UnitFactory.Published,
        ["mask last"] = UnitFactory.Of<SiluUnit>(),
        ["mask first"] = UnitFactory.Of<MaskFirstUnit>(),
    };

    private static readonly MixedEngine Engine = new(everywhere: true);

    public static IEnumerable<TheoryDataRow<Precision, MaskPlacement, string, int>> Supernets =>
        from precision in new[] { Precision.BFloat16, Precision.Float16 }
        from unit in Units.Keys
        from placement in Enum.GetValues<MaskPlacement>()
        where unit == "published" || placement == MaskPlacement.BeforeNorm // the others place the mask themselves
        from steps in new[] { 0, Steps }
        select new TheoryDataRow<Precision, MaskPlacement, string, int>(precision, placement, unit, steps);

    [Theory]
    [MemberData(nameof(Supernets))]
    public void Gradients_of_a_supernet_point_where_those_in_float64_do(Precision precision, MaskPlacement placement, string unit, int steps) => Check(
        precision,
        steps,
        plan => new Supernet(
            plan, SmallPlans.Space(Family.AdwUNet) with { MaskPlacement = placement }, 1, Units[unit])
        {
            Precision = precision,
            Engines = [Engine],
            Choice = { Noise = GumbelNoise.Seeded(1, 0) },
        });

    [Theory]
    [InlineData(Precision.BFloat16)]
    [InlineData(Precision.Float16)]
    public void Gradients_of_a_derived_network_point_where_those_in_float64_do(Precision precision) =>
        Check(precision, 0, plan => new DerivedUNet(plan, SmallPlans.Architecture, 1) { Precision = precision, Engines = [Engine] });

    [Theory]
    [InlineData(1e-12)]
    [InlineData(1e12)]
    public void Gradients_in_float16_neither_underflow_nor_overflow_for_any_scale_of_the_loss(double scale)
    {
        using var scope = NewDisposeScope();
        var plan = SmallPlans.Of("even");
        var (image, targets) = NetworkGradients.Batch(plan);
        using var network = new DerivedUNet(plan, SmallPlans.Architecture, 1) { Precision = Precision.Float16, Engines = [Engine] };
        Dictionary<string, Tensor> Of(double factor)
        {
            network.Backward(image, logits => NetworkGradients.Loss(plan).Forward(logits, targets) * factor);
            return NetworkGradients.Of(network);
        }

        var (plain, scaled) = (Of(1), Of(scale));
        Assert.InRange(NetworkGradients.Compare([.. plain.Keys], plain, scaled).Cosine, 0.9999, 1.0001);
    }

    [Fact]
    public void A_unit_of_ones_own_computes_its_convolutions_in_16_bits()
    {
        using var scope = NewDisposeScope();
        var plan = SmallPlans.Of("even");
        var types = new List<ScalarType>();
        TypesUnit.Seen = types.Add;
        using var network = new DerivedUNet(plan, SmallPlans.Architecture, 1, UnitFactory.Of<TypesUnit>()) { Precision = Precision.BFloat16, Engines = [Engine] };
        Assert.Equal("bfloat16 by libtorch with recomputed norms", network.ArithmeticOn(CPU).ToString());
        network.Backward(NetworkGradients.Batch(plan).Image, logits => logits[0].mean());
        Assert.Equal([ScalarType.BFloat16], types.Distinct());
        using var ordinary = nn.Conv3d(1, 1, 1);
        Assert.Equal(ScalarType.Float32, ordinary.forward(zeros([1, 1, 2, 2, 2])).dtype); // autocast ends with the unit
    }

    [Fact]
    public void A_step_leaves_no_live_tensors()
    {
        using var scope = NewDisposeScope();
        var plan = SmallPlans.Of("flat");
        var (image, targets) = NetworkGradients.Batch(plan);
        foreach (var unit in new[] { UnitFactory.Published, UnitFactory.Of<SiluUnit>() })
        {
            using var network = new Supernet(plan, SmallPlans.Space(Family.AdwUNet), 1, unit) { Precision = Precision.BFloat16, Engines = [Engine] };
            void Step()
            {
                using var inner = NewDisposeScope();
                network.Backward(image, logits => NetworkGradients.Loss(plan).Forward(logits, targets));
                using var quiet = no_grad();
                network.forward(image);
            }

            Step();
            var live = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
            Step();
            Assert.Equal(live, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
        }
    }

    private static void Check(Precision precision, int steps, Func<Plan, EncoderDecoder> make)
    {
        using var scope = NewDisposeScope();
        var plan = SmallPlans.Of("even");
        var (image, targets) = NetworkGradients.Batch(plan);
        using var network = make(plan);
        Assert.Equal(precision, network.ArithmeticOn(CPU).Precision);
        Tensor Loss(Tensor[] logits) => NetworkGradients.Loss(plan).Forward(logits, targets);
        using var optimizer = optim.SGD(network.parameters(), 0.01, momentum: 0.9);
        for (var i = 0; i < steps; i++)
        {
            network.Backward(image, Loss);
            optimizer.step();
        }

        using var reference = make(plan);
        reference.load_state_dict(network.state_dict());
        reference.to(float64);
        using var exact = new MixedPasses(reference, new(ScalarType.Float64, ScalarType.Float64)); // equal to autograd: RecomputedBackwardTests
        using var expectedLoss = exact.Backward(image.to(float64), Loss);
        using var loss = network.Backward(image, Loss);
        Assert.Equal(expectedLoss.item<double>(), loss.item<float>(), LossTolerance);
        var (expected, actual) = (NetworkGradients.Of(reference), NetworkGradients.Of(network));
        foreach (var (kind, isOne) in NetworkGradients.Kinds)
        {
            string[] names = [.. expected.Keys.Where(isOne)];
            if (names.Length > 0)
            {
                var (cosine, difference) = NetworkGradients.Compare(names, expected, actual);
                TestContext.Current.TestOutputHelper!.WriteLine($"{precision}: the gradients of the {kind} have the cosine {cosine:F6} and differ by {difference:0.0e0}");
                Assert.InRange(cosine, kind == "weights" ? LeastCosine : LeastArchitectureCosine, 1 + 1e-9);
            }
        }
    }
}
