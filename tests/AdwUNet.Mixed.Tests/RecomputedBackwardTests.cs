using AdwUNet.Architectures;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Sampling;
using AdwUNet.Tests.Networks;
using AdwUNet.Tests.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Mixed.Tests;

/// <summary>The recomputed backward pass against autograd, both in float64.</summary>
public sealed class RecomputedBackwardTests
{
    private const long SmallChunks = 16_000; // values: several parts for the larger feature maps, one for the smaller
    private const double Tolerance = 1e-9; // relative to the norm of all gradients of a kind; float64 leaves 1e-13

    public static IEnumerable<TheoryDataRow<Family, MaskPlacement, string>> Supernets =>
        from family in Enum.GetValues<Family>()
        from placement in Enum.GetValues<MaskPlacement>()
        where family != Family.AdUNet || placement == MaskPlacement.BeforeNorm // AdU-Net has no mask
        from plan in SmallPlans.Names
        select new TheoryDataRow<Family, MaskPlacement, string>(family, placement, plan);

    public static TheoryData<string> Plans => [.. SmallPlans.Names];

    [Theory]
    [MemberData(nameof(Supernets))]
    public void Gradients_of_a_supernet_equal_those_of_autograd(Family family, MaskPlacement placement, string plan) => Check(
        SmallPlans.Of(plan), of => new Supernet(of, SmallPlans.Space(family) with { MaskPlacement = placement }, 1) { Choice = { Noise = GumbelNoise.Seeded(1, 0) } }, SmallChunks);

    [Theory]
    [MemberData(nameof(Plans))]
    public void Gradients_of_a_derived_network_equal_those_of_autograd(string plan) =>
        Check(SmallPlans.Of(plan), of => new DerivedUNet(of, SmallPlans.Architecture, 1), SmallChunks);

    [Fact]
    public void A_unit_of_ones_own_is_computed_by_its_module() =>
        Check(SmallPlans.Of("even"), of => new Supernet(of, SmallPlans.Space(Family.AdwUNet), 1, UnitFactory.Of<SiluUnit>()) { Choice = { Noise = GumbelNoise.Seeded(1, 0) } });

    [Fact]
    public void Frozen_parameters_keep_their_gradients()
    {
        using var scope = NewDisposeScope();
        var plan = SmallPlans.Of("even");
        var (image, targets) = NetworkGradients.Batch(plan);
        using var network = new Supernet(plan, SmallPlans.Space(Family.AdwUNet), 1);
        using var passes = new MixedPasses(network, new(ScalarType.Float32, ScalarType.Float32));
        passes.Backward(image, logits => NetworkGradients.Loss(plan).Forward(logits, targets));
        var before = network.WeightParameters.Select(parameter => parameter.grad?.clone()).ToArray();
        foreach (var parameter in network.WeightParameters)
        {
            parameter.requires_grad = false;
        }

        passes.Backward(image * 2, logits => NetworkGradients.Loss(plan).Forward(logits, targets));
        Assert.All(network.WeightParameters.Zip(before), pair => Assert.True(pair.Second is null ? pair.First.grad is null : pair.First.grad!.allclose(pair.Second, 0, 0)));
    }

    [Fact]
    public void Gradients_that_the_loss_gives_to_parameters_directly_are_added()
    {
        using var scope = NewDisposeScope();
        var plan = SmallPlans.Of("even");
        var (image, targets) = NetworkGradients.Batch(plan);
        Dictionary<string, Tensor> Of(double penalty)
        {
            using var network = new Supernet(plan, SmallPlans.Space(Family.AdwUNet), 1);
            using var passes = new MixedPasses(network, new(ScalarType.Float32, ScalarType.Float32));
            Tensor Loss(Tensor[] logits) => NetworkGradients.Loss(plan).Forward(logits, targets)
                + (penalty * network.ArchitectureParameters.Select(parameter => parameter.sum()).Aggregate((a, b) => a + b));
            passes.Backward(image, Loss);
            passes.Backward(image, Loss); // replaces
            return NetworkGradients.Of(network);
        }

        var (without, with) = (Of(0), Of(2));
        Assert.All(with, entry => Assert.True(entry.Value.allclose(without[entry.Key] + (Supernet.IsArchitecture(entry.Key) ? 2 : 0), 1e-4, 1e-5), entry.Key));
    }

    [Fact]
    public void Libtorchs_own_function_and_autograd_give_the_same_gradients_of_a_convolution()
    {
        using var scope = NewDisposeScope();
        Assert.True(NativeConvolution.IsThere(DeviceType.CPU));
        foreach (var (isTransposed, stride) in new[] { (false, Shape3.Cube(1)), (false, new Shape3(1, 2, 2)), (true, Shape3.Cube(2)) })
        {
            var weights = nn.Parameter(isTransposed ? randn([4, 3, 2, 2, 2], float64) : randn([3, 4, 3, 3, 3], float64));
            var (convolution, input) = (new Convolution(weights, stride, isTransposed), randn([2, 4, 6, 8, 4], float64));
            var gradient = randn(convolution.Forward(input).shape, float64);
            var (ofInput, ofWeights) = convolution.ByAutograd(gradient, input, weights, needsInput: true);
            Assert.True(convolution.Backward(gradient, input, needsInput: true)!.allclose(ofInput!, 1e-12, 1e-12));
            Assert.True(weights.grad!.allclose(ofWeights!, 1e-12, 1e-12));
        }
    }

    private static void Check(Plan plan, Func<Plan, EncoderDecoder> make, long chunkValues = Chunks.DefaultValues)
    {
        using var scope = NewDisposeScope();
        var (image, targets) = NetworkGradients.Batch(plan);
        image = image.to(float64);
        using var reference = make(plan);
        reference.to(float64);
        using var loss = reference.Backward(image, logits => NetworkGradients.Loss(plan).Forward(logits, targets));
        using var network = make(plan);
        network.to(float64);
        using var passes = new MixedPasses(network, new(ScalarType.Float64, ScalarType.Float64), chunkValues);
        using var value = passes.Backward(image, logits => NetworkGradients.Loss(plan).Forward(logits, targets));
        Assert.Equal(loss.item<double>(), value.item<double>(), 1e-12);
        var (expected, actual) = (NetworkGradients.Of(reference), NetworkGradients.Of(network));
        Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
        foreach (var (kind, isOne) in NetworkGradients.Kinds)
        {
            string[] names = [.. expected.Keys.Where(isOne)];
            if (names.Length > 0)
            {
                var (_, difference) = NetworkGradients.Compare(names, expected, actual);
                Assert.True(difference < Tolerance, $"the gradients of the {kind} differ by {difference:0.0e0}");
            }
        }

        using var quiet = no_grad();
        foreach (var (there, here) in reference.forward(image).Zip(passes.Forward(image)))
        {
            Assert.True(there.allclose(here, 1e-9, 1e-9));
        }
    }
}
