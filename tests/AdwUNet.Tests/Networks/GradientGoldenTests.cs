using AdwUNet.Networks;
using AdwUNet.Tests.Golden;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Networks;

/// <summary>The gradients of every alpha, every beta and chosen weights against the .npz files.</summary>
public class GradientGoldenTests
{
    // The manifest's guide for float32 is 7.5e-6 of the largest entry, give or take a factor of 10.
    private const double WeightTolerance = 5e-5;
    private const double NormTolerance = 5e-6; // relative

    // Absolute, with the guide of each file: single precision leaves almost nothing of the published placement's alpha gradients, nor of
    // those of biases in front of a norm, whose true value is 0.
    private const double GuideFactor = 10;

    // In double precision all of them are well defined.
    private const double DoubleTolerance = 1e-11;
    private const double DoubleAlphaTolerance = 1e-8;
    private const double RoundedTolerance = 1e-7; // the file holds the weights' gradients of double precision rounded to single
    private const double DoubleBiasTolerance = 1e-16;
    private const double DoubleNormTolerance = 1e-12;

    public static TheoryData<string, double> SearchCases => SupernetGoldenTests.Cases;

    [Theory]
    [MemberData(nameof(SearchCases))]
    public void Gradients_of_search_nets_equal_the_golden_npz(string name, double temperature)
    {
        using var scope = NewDisposeScope();
        var golden = new GoldenCase(name);
        var network = SupernetGoldenTests.Build(golden, temperature);
        Backward(network, golden, float32);
        var file = $"{name}.npz";
        foreach (var (parameter, expected, actual) in Pairs(network, golden, FormattableString.Invariant($"tau{temperature}/grad/")))
        {
            Near.Compare(
                parameter.EndsWith(".alphas", StringComparison.Ordinal) ? Quantity.Absolute(file, "gradients of alphas", GuideFactor * golden.Guide("grad_alphas_vs_f64"))
                : parameter.EndsWith(".betas", StringComparison.Ordinal) ? Quantity.Relative(file, "gradients of betas", WeightTolerance)
                : parameter.EndsWith(".conv.bias", StringComparison.Ordinal) ? Quantity.Absolute(file, "gradients of biases before a norm", GuideFactor * golden.Guide("grad_conv_bias_is_noise_vs_f64"))
                : Quantity.Relative(file, "gradients of weights", WeightTolerance),
                expected, actual, parameter);
        }

        var scalars = golden.Scalars.GetProperty(FormattableString.Invariant($"tau{temperature}"));
        var norm = scalars.GetProperty("grad_norm_all_params").GetDouble();
        Near.Compare(Quantity.Relative(file, "norm of all gradients", NormTolerance), norm, Norm(network));
        Assert.Equal(
            scalars.TryGetProperty("params_without_grad", out var without) ? without.EnumerateArray().Select(p => p.GetString()!) : [],
            network.named_parameters().Where(p => p.parameter.grad is null).Select(p => p.name));
    }

    [Theory]
    [MemberData(nameof(SearchCases))]
    public void Gradients_of_search_nets_in_double_precision_equal_the_golden_npz(string name, double temperature)
    {
        using var scope = NewDisposeScope();
        var golden = new GoldenCase(name);
        var network = SupernetGoldenTests.Build(golden, temperature);
        network.to(float64);
        Backward(network, golden, float64);
        var file = $"{name}.npz";
        foreach (var (parameter, expected, actual) in Pairs(network, golden, FormattableString.Invariant($"tau{temperature}/grad_f64/")))
        {
            Assert.Equal(float64, actual.dtype);
            Near.Compare(
                parameter.EndsWith(".alphas", StringComparison.Ordinal) ? Quantity.Relative(file, "gradients of alphas in double precision", DoubleAlphaTolerance)
                : parameter.EndsWith(".conv.bias", StringComparison.Ordinal) ? Quantity.Absolute(file, "gradients of biases before a norm in double precision", DoubleBiasTolerance)
                : parameter.EndsWith(".betas", StringComparison.Ordinal) ? Quantity.Relative(file, "gradients of betas in double precision", DoubleTolerance)
                : Quantity.Relative(file, "gradients of weights in double precision", RoundedTolerance),
                expected, actual, parameter);
        }

        var norm = golden.Scalars.GetProperty(FormattableString.Invariant($"tau{temperature}_f64")).GetProperty("grad_norm_all_params").GetDouble();
        Near.Compare(Quantity.Relative(file, "norm of all gradients in double precision", DoubleNormTolerance), norm, Norm(network));
    }

    [Theory]
    [InlineData("adw_derived")]
    [InlineData("aw_derived_aniso")]
    [InlineData("ad_derived")]
    public void Gradients_of_derived_nets_equal_the_golden_npz(string name)
    {
        using var scope = NewDisposeScope();
        var golden = new GoldenCase(name);
        var network = DerivedUNetGoldenTests.Build(golden);
        var loss = new DeepSupervision(new DiceCrossEntropyLoss(BatchDice: false), golden.SupervisionWeights);
        loss.Forward(network.forward(golden.Tensor("input")), golden.Targets()).backward();
        foreach (var (parameter, expected, actual) in Pairs(network, golden, "grad/"))
        {
            Near.Compare(Quantity.Relative($"{name}.npz", "gradients of weights", WeightTolerance), expected, actual, parameter);
        }

        Near.Compare(
            Quantity.Relative($"{name}.npz", "norm of all gradients", NormTolerance), golden.Scalars.GetProperty("grad_norm").GetDouble(), Norm(network));
    }

    private static void Backward(Supernet network, GoldenCase golden, ScalarType precision)
    {
        var loss = new DeepSupervision(new DiceCrossEntropyLoss(BatchDice: true), golden.SupervisionWeights);
        loss.Forward(network.forward(golden.Tensor("input_A").to(precision)), golden.Targets("A")).backward();
    }

    private static (string Name, Tensor Expected, Tensor Actual)[] Pairs(SegmentationNetwork network, GoldenCase golden, string prefix)
    {
        var parameters = network.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        (string, Tensor, Tensor)[] pairs = [.. golden.Arrays.Names
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(name => (name[prefix.Length..], golden.Tensor(name), parameters[name[prefix.Length..]].grad!))];
        Assert.NotEmpty(pairs);
        return pairs;
    }

    private static double Norm(SegmentationNetwork network) =>
        Math.Sqrt(network.parameters().Where(p => p.grad is not null).Sum(p => p.grad!.to(float64).square().sum().item<double>()));
}
