using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Cpu.Tests;

/// <summary>The masked instance norm with its activation, and its gradients, against libtorch's autograd in float64.</summary>
public sealed class MaskedInstanceNormTests
{
    private const int Samples = 3;
    private const int Channels = 5;
    private const int Voxels = 40;
    private const double Tolerance = 1e-11;

    public enum Mask
    {
        None,
        BeforeNorm,
        AfterActivation,
    }

    // A channel with almost no variance: there ε decides, and with it the mask's gradient.
    public static MatrixTheoryData<Mask, double> Cases => new(Enum.GetValues<Mask>(), [1, 0.01]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Output_and_gradients_equal_autograd(Mask mask, double scale)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        Tensor Random(params long[] shape) => randn(shape, generator: generator).to(float64);
        var y = ((scale * Random(Samples, Channels, Voxels)) + 0.3).requires_grad_();
        var gamma = Random(Channels).requires_grad_();
        var beta = Random(Channels).requires_grad_();
        var m = (Random(Channels).abs() + 0.01).to(float32).to(float64).requires_grad_();
        var g = Random(Samples, Channels, Voxels);

        // The definition.
        Tensor PerChannel(Tensor values) => values.view(1, Channels, 1);
        var masked = mask == Mask.BeforeNorm ? y * PerChannel(m) : y;
        var deviation = masked - masked.mean([2], keepdim: true);
        var normed = deviation / (deviation.square().mean([2], keepdim: true) + MaskedInstanceNorm.Epsilon).sqrt();
        var activated = functional.leaky_relu((normed * PerChannel(gamma)) + PerChannel(beta), ChannelAffine.NegativeSlope);
        var output = mask == Mask.AfterActivation ? activated * PerChannel(m) : activated;
        (output * g).sum().backward();

        // The norm under test, with sums over voxels in double precision.
        double[,,] inputs = Array3(y), gradients = Array3(g);
        var sums = new ChannelSums(Samples, Channels);
        ForEach((n, c) => sums.Add(n, c, Sum(i => inputs[n, c, i]), Sum(i => inputs[n, c, i] * inputs[n, c, i])));
        var norm = new MaskedInstanceNorm(
            Samples, Voxels, sums, Floats(gamma), Floats(beta), mask == Mask.None ? null : Floats(m), mask == Mask.AfterActivation);
        var (actual, inputGradient) = (new double[Samples, Channels, Voxels], new double[Samples, Channels, Voxels]);
        var (ofGamma, ofBeta, ofMask) = (new double[Channels], new double[Channels], new double[Channels]);
        ForEach((n, c) =>
        {
            var (factor, shift) = norm.Affine(n, c);
            double U(int i) => (inputs[n, c, i] * factor) + shift;
            double Slope(int i) => U(i) > 0 ? 1 : ChannelAffine.NegativeSlope;
            double Inner(int i) => gradients[n, c, i] * Slope(i);
            var voxelSums = new GradientSums(
                Sum(Inner), Sum(i => Inner(i) * (inputs[n, c, i] - norm.Mean(n, c))), Sum(i => gradients[n, c, i] * U(i) * Slope(i)), 0);
            var (ofGradient, ofOutput, constant) = norm.Backward(n, c, voxelSums);
            for (var i = 0; i < Voxels; i++)
            {
                actual[n, c, i] = norm.OutputMask(c) * U(i) * Slope(i);
                inputGradient[n, c, i] = (ofGradient * Inner(i)) + (ofOutput * inputs[n, c, i]) + constant;
            }

            var contribution = norm.ParameterGradients(n, c, voxelSums);
            (ofGamma[c], ofBeta[c], ofMask[c]) = (ofGamma[c] + contribution.Gamma, ofBeta[c] + contribution.Beta, ofMask[c] + contribution.Mask);
        });

        Near(output, tensor(actual), "output");
        Near(y.grad!, tensor(inputGradient), "gradient of the convolution's output");
        Near(gamma.grad!, tensor(ofGamma), "gradient of gamma");
        Near(beta.grad!, tensor(ofBeta), "gradient of beta");
        Assert.Equal(mask == Mask.AfterActivation, norm.HasOutputMask);
        if (mask != Mask.None)
        {
            Near(m.grad!, tensor(ofMask), "gradient of the mask");
        }
    }

    [Fact]
    public void A_constant_channel_becomes_beta()
    {
        var sums = new ChannelSums(1, 1);
        sums.Add(0, 0, 3 * 7, 3 * 49);
        var (scale, shift) = new MaskedInstanceNorm(1, 3, sums, [2], [0.5f], null, maskAfterActivation: false).Affine(0, 0);
        Assert.Equal(0.5, (7 * scale) + shift, 1e-9);
    }

    [Fact]
    public void NaN_in_a_channel_propagates_to_its_affine_map_only()
    {
        var sums = new ChannelSums(1, 2);
        sums.Add(0, 0, double.NaN, double.NaN);
        sums.Add(0, 1, 3, 9);
        var norm = new MaskedInstanceNorm(1, 3, sums, [1, 1], [0, 0], null, maskAfterActivation: false);
        Assert.Equal((double.NaN, double.NaN), norm.Affine(0, 0));
        Assert.True(double.IsFinite(norm.Affine(0, 1).Scale));
    }

    private static double Sum(Func<int, double> value) => Enumerable.Range(0, Voxels).Sum(value);

    private static void ForEach(Action<int, int> body)
    {
        for (var i = 0; i < Samples * Channels; i++)
        {
            body(i / Channels, i % Channels);
        }
    }

    private static float[] Floats(Tensor values) => values.detach().to(float32).data<float>().ToArray();

    private static double[,,] Array3(Tensor values)
    {
        var flat = values.detach().contiguous().data<double>().ToArray();
        var array = new double[Samples, Channels, Voxels];
        Buffer.BlockCopy(flat, 0, array, 0, flat.Length * sizeof(double));
        return array;
    }

    private static void Near(Tensor expected, Tensor actual, string what)
    {
        var error = (actual.flatten() - expected.flatten()).abs().max().item<double>() / expected.abs().max().item<double>();
        Assert.True(error <= Tolerance, $"the {what} differs by {error:0.0e0} of the largest value");
    }
}
