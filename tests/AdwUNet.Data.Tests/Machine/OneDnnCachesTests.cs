using static TorchSharp.torch;

namespace AdwUNet.Data.Tests.Machine;

/// <summary>Convolutions are right on this machine, whatever it says of its caches.</summary>
public sealed class OneDnnCachesTests
{
    /// <summary>Channels that do and do not fill oneDNN's blocks of 8, 16 and 32.</summary>
    public static TheoryData<int, int> Widths => new(
        from input in new[] { 1, 10, 12, 16, 20, 24, 40, 48, 80 } from output in new[] { 8, 12, 24, 40, 48 } select (input, output));

    public OneDnnCachesTests() => OneDnnCaches.Mend();

    [Theory]
    [MemberData(nameof(Widths))]
    public void Convolutions_and_their_gradients_are_those_of_double_precision(int inputWidth, int width) =>
        Same(inputWidth, [width, inputWidth, 3, 3, 3], (x, w) => nn.functional.conv3d(x, w, padding: [1, 1, 1]));

    [Theory]
    [MemberData(nameof(Widths))]
    public void Strided_convolutions_are_those_of_double_precision(int inputWidth, int width) =>
        Same(inputWidth, [width, inputWidth, 3, 3, 3], (x, w) => nn.functional.conv3d(x, w, strides: [2, 2, 2], padding: [1, 1, 1]));

    [Theory]
    [MemberData(nameof(Widths))]
    public void Transposed_convolutions_are_those_of_double_precision(int inputWidth, int width) =>
        Same(inputWidth, [inputWidth, width, 2, 2, 2], (x, w) => nn.functional.conv_transpose3d(x, w, strides: [2, 2, 2]));

    [Fact]
    public void A_second_call_does_nothing_and_says_the_same() => Assert.Equal(OneDnnCaches.Mend(), OneDnnCaches.Mend());

    [Theory]
    [InlineData("2.10.0", true)]
    [InlineData("2.10.0.0", true)]
    [InlineData("2.10.01", false)]
    [InlineData("2.11.0.0", false)]
    public void The_memory_of_an_unknown_libtorch_is_not_written_to(string version, bool isKnown) => Assert.Equal(isKnown, OneDnnCaches.IsKnown(version));

    [Fact]
    public void The_libtorch_of_this_build_is_known() => Assert.True(OneDnnCaches.IsKnown(__version__), __version__);

    [Fact]
    public void Wrong_convolutions_are_refused_with_the_reason()
    {
        Assert.Contains("their sizes are corrected in libtorch 2.10.0 only, not in 2.11.0.0; set the environment", OneDnnCaches.Fault(0.1, null, "2.11.0.0"), StringComparison.Ordinal);
        Assert.Contains("(relative error 0.1)", OneDnnCaches.Fault(0.1, 1, "2.10.0.0"), StringComparison.Ordinal);
    }

    private static void Same(int inputWidth, long[] weightShape, Func<Tensor, Tensor, Tensor> convolve)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var input = randn([2, inputWidth, 6, 7, 8], dtype: float64, generator: generator);
        var weight = randn(weightShape, dtype: float64, generator: generator);
        var (expected, actual) = (Run(input, weight, convolve), Run(input.to(float32), weight.to(float32), convolve));
        foreach (var (right, got) in expected.Zip(actual))
        {
            // Rounding in float32 stays below 1e-5; a wrong reorder gives 0.1.
            Assert.InRange(((got.to(float64) - right).abs().max() / right.abs().max()).item<double>(), 0, 1e-4);
        }
    }

    private static Tensor[] Run(Tensor input, Tensor weight, Func<Tensor, Tensor, Tensor> convolve)
    {
        var (x, w) = (input.clone().requires_grad_(), weight.clone().requires_grad_());
        var output = convolve(x, w);
        output.square().sum().backward();
        return [output.detach(), x.grad!, w.grad!];
    }
}
