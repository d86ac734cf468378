using static TorchSharp.torch;

namespace AdwUNet.Tests.Golden;

/// <summary>Comparisons of arrays.</summary>
public static class Near
{
    /// <summary>The largest difference, relative to the largest expected entry, is within the tolerance.</summary>
    public static void Relative(Tensor expected, Tensor actual, double tolerance, string what = "array")
    {
        Assert.Equal(expected.shape, actual.shape);
        using var difference = (expected.to(float64) - actual.detach().to(float64)).abs().max();
        using var largest = expected.to(float64).abs().max();
        var relative = difference.item<double>() / largest.item<double>();
        Assert.True(relative <= tolerance, $"{what}: largest difference {relative:0.0e+0} of the largest entry, tolerance {tolerance:0.0e+0}");
    }

    /// <summary>Every difference is within the tolerance.</summary>
    public static void Absolute(Tensor expected, Tensor actual, double tolerance, string what = "array")
    {
        Assert.Equal(expected.shape, actual.shape);
        using var difference = (expected.to(float64) - actual.detach().to(float64)).abs().max();
        Assert.True(
            difference.item<double>() <= tolerance,
            $"{what}: largest difference {difference.item<double>():0.0e+0}, tolerance {tolerance:0.0e+0}");
    }
}
