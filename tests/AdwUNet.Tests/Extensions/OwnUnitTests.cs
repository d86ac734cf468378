using AdwUNet.Architectures;
using AdwUNet.Cpu;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Search;
using AdwUNet.Tests.Networks;
using AdwUNet.Tests.Planning;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Tests.Extensions;

/// <summary>The unit in front of the reader is what computes, whatever engine is there.</summary>
public sealed class OwnUnitTests
{
    private const double Tolerance = 2e-3; // of gradients in float32, relative to their norm; another activation differs by more than 0.1

    private static readonly Plan Plan = TestPlans.Small(new Spacing3(1, 1, 1)) with { PatchSize = Shape3.Cube(16), Classes = ["background", "one", "two"] };

    private static readonly Architecture Architecture = Architecture.FromWidths([[8, 12], [16], [12, 8]]);

    private static readonly Dictionary<string, (UnitFactory? Unit, Func<Tensor, Tensor> Activation)> Units = new()
    {
        ["published"] = (null, x => functional.leaky_relu(x, 0.01)),
        ["SiLU"] = (UnitFactory.Of<SiluUnit>(), x => functional.silu(x)),
        ["slope 0.2"] = (new SlopeUnits(0.2), x => functional.leaky_relu(x, 0.2)),
    };

    public static TheoryData<string, bool, Precision?> UnitsAndEngines =>
        [.. from unit in Units.Keys from engine in new[] { true, false } from precision in new Precision?[] { null, Precision.Float32, Precision.Auto } select (unit, engine, precision)];

    [Theory]
    [MemberData(nameof(UnitsAndEngines))]
    public void Loss_and_gradients_follow_the_unit_with_and_without_an_engine(string unit, bool withEngine, Precision? precision)
    {
        using var network = new DerivedUNet(Plan, Architecture, 1, Units[unit].Unit) { Precision = precision, Engines = withEngine ? Engines.All : [] };
        Check(network, Units[unit].Activation, isBFloat16: network.ArithmeticOn(CPU).Precision == Precision.BFloat16);
    }

    [Fact]
    public void A_unit_keeps_its_own_initial_weights_and_the_seed_decides_what_it_draws()
    {
        using var network = new DerivedUNet(Plan, Architecture, 1, UnitFactory.Of<DrawingUnit>());
        _ = rand(7); // what the caller draws in between has no effect
        using var again = new DerivedUNet(Plan, Architecture, 1, UnitFactory.Of<DrawingUnit>());
        using var published = new DerivedUNet(Plan, Architecture, 1);
        var expected = published.state_dict();
        Assert.All(network.state_dict().Zip(again.state_dict()), pair => Assert.True(pair.First.Value.allclose(pair.Second.Value, 0, 0), pair.First.Key));
        Assert.All(network.state_dict().Where(entry => entry.Key.EndsWith("gate.weight", StringComparison.Ordinal)), entry =>
            Assert.Equal((DrawingUnit.OwnWeight, DrawingUnit.OwnWeight), (entry.Value.min().item<float>(), entry.Value.max().item<float>())));
        Assert.All(expected, entry => Assert.True(entry.Value.allclose(network.state_dict()[entry.Key], 0, 0), entry.Key));
    }

    [Fact]
    public void Making_a_network_leaves_the_random_numbers_of_the_caller_as_they_were()
    {
        manual_seed(5);
        var expected = rand(3);
        manual_seed(5);
        using var network = new DerivedUNet(Plan, Architecture, 1);
        Assert.True(expected.allclose(rand(3), 0, 0));
    }

    [Fact]
    public void A_loop_refuses_a_network_of_another_unit_or_relaxation_than_its_options()
    {
        using var network = new DerivedUNet(Plan, Architecture, 1, UnitFactory.Of<SiluUnit>());
        Assert.StartsWith(
            "The network consists of the unit SiluUnit, and the options name ",
            Assert.Throws<ArgumentException>(() => new TrainingLoop(network, [], [], new TrainingOptions())).Message,
            StringComparison.Ordinal);
        using var supernet = new Supernet(Plan, SearchSpace.Published(Family.AdwUNet), relaxation: new PlainSoftmax());
        Assert.Equal(
            "The supernet has the relaxation PlainSoftmax, and the options name GumbelSoftmax; create the supernet with the relaxation of the options.",
            Assert.Throws<ArgumentException>(() => new SearchLoop(supernet, new SearchCases([], [], []), new SearchOptions())).Message);
    }

    [Fact]
    public void An_engine_that_ignores_the_description_is_found()
    {
        using var network = new DerivedUNet(Plan, Architecture, 1, UnitFactory.Of<SiluUnit>()) { Precision = Precision.Float32, Engines = [new Careless()] };
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Check(network, x => functional.silu(x), isBFloat16: false));
    }

    [Fact]
    public void The_engine_accepts_published_units_and_says_why_it_declines_others()
    {
        Assert.SkipUnless(CpuFeatures.Kernels, "the kernels need AVX-512 or AVX2 on Linux");
        Arithmetic Of(UnitFactory? unit, Precision? precision = Precision.Float32)
        {
            using var network = new DerivedUNet(Plan, Architecture, 1, unit) { Precision = precision };
            return network.ArithmeticOn(CPU);
        }

        Assert.Equal(($"float32 by {new CpuEngine().Name}", null), (Of(null).ToString(), Of(null).Declined));
        Assert.Equal("The engine does not know the unit SiluUnit", Of(UnitFactory.Of<SiluUnit>()).Declined);
        Assert.Equal("float32 by libtorch", Of(UnitFactory.Of<SiluUnit>(), Precision.BFloat16).ToString());
        Assert.Null(Of(UnitFactory.Of<SiluUnit>(), null).Declined); // libtorch was asked for
    }

    [Fact]
    public void The_engine_declines_a_mask_placement_that_it_does_not_know()
    {
        Assert.SkipUnless(CpuFeatures.Kernels, "the kernels need AVX-512 or AVX2 on Linux");
        var space = new SearchSpace { Family = Family.AwUNet, BaseWidth = 6, MaxWidth = 12, MaxDepth = 2, MaskPlacement = (MaskPlacement)2 };
        using var network = new Supernet(Plan, space) { Precision = Precision.Float32 };
        Assert.Equal("The engine does not know the mask placement 2", network.ArithmeticOn(CPU).Declined);
    }

    [Fact]
    public void A_class_without_the_constructor_is_refused() => Assert.Equal(
        "NoConstructor has no public constructor that takes a UnitSite; add one.",
        Assert.Throws<ArgumentException>(() => new DerivedUNet(Plan, Architecture, 1, UnitFactory.Of<NoConstructor>())).Message);

    [Fact]
    public void A_supernet_of_own_units_has_alphas_and_decodes()
    {
        using var scope = NewDisposeScope();
        using var network = new Supernet(Plan, new SearchSpace { Family = Family.AdwUNet, BaseWidth = 6, MaxWidth = 12, MaxDepth = 2 }, 1, UnitFactory.Of<SiluUnit>());
        var (image, targets) = NetworkGradients.Batch(Plan);
        network.Backward(image, logits => NetworkGradients.Loss(Plan).Forward(logits, targets));
        Assert.All(network.ArchitectureParameters, parameter => Assert.True(parameter.grad!.isfinite().all().item<bool>()));
        Assert.Contains(network.ArchitectureParameters, parameter => parameter.grad!.count_nonzero().item<long>() > 0);
        using (no_grad())
        {
            foreach (var parameter in network.ArchitectureParameters)
            {
                parameter.zero_();
                parameter[0] = 9f; // the shallowest and narrowest
            }
        }

        Assert.Equal("[[2], [4], [2]]", network.Decode().ToString());
    }

    private static void Check(DerivedUNet network, Func<Tensor, Tensor> activation, bool isBFloat16)
    {
        using var scope = NewDisposeScope();
        var (image, targets) = NetworkGradients.Batch(Plan);
        var loss = NetworkGradients.Loss(Plan);
        var actual = network.Backward(image, logits => loss.Forward(logits, targets)).item<float>();
        var gradients = NetworkGradients.Of(network);
        foreach (var parameter in network.parameters())
        {
            parameter.grad = null;
        }

        var expected = loss.Forward(FunctionalUNet.Forward(network, image, activation), targets);
        expected.backward();
        Assert.Equal(expected.item<float>(), actual, isBFloat16 ? 2e-2 : 1e-4);
        string[] names = [.. gradients.Keys];
        Assert.NotEmpty(names);
        var (cosine, difference) = NetworkGradients.Compare(names, NetworkGradients.Of(network), gradients);
        Assert.True(isBFloat16 ? cosine > 0.98 : difference < Tolerance, $"cosine {cosine}, difference {difference}");
    }

    private sealed class NoConstructor() : ConvolutionUnit(new UnitSite("", 1, 1, Shape3.Cube(1), Shape3.Cube(1)))
    {
        protected override Tensor Compute(Tensor input, Tensor? mask) => input;
    }

    /// <summary>Computes every unit as the published one.</summary>
    private sealed class Careless : IEngine
    {
        public string Name => "a careless engine";

        public IFusedSteps? FusedSteps => null;

        public double? StepBytes(EncoderDecoder network, NetworkCost cost, Plan plan, Precision precision, Device device) => null;

        public bool Serves(DeviceType device) => true;

        public string? Declines(EncoderDecoder network, Device device) => null;

        public Precision Effective(Precision wanted, Device device) => Precision.Float32;

        public INetworkPasses Prepare(EncoderDecoder network, Precision precision) => new Passes((DerivedUNet)network);

        private sealed class Passes(DerivedUNet network) : INetworkPasses
        {
            public Tensor[] Forward(Tensor image) => FunctionalUNet.Forward(network, image, x => functional.leaky_relu(x, 0.01));

            public Tensor Backward(Tensor image, Func<Tensor[], Tensor> loss)
            {
                var value = loss(Forward(image));
                value.backward();
                return value.detach();
            }

            public void Dispose()
            {
            }
        }
    }
}
