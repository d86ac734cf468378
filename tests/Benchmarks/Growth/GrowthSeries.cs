using AdwUNet.Benchmarks.Steps;
using AdwUNet.Imaging;

namespace AdwUNet.Benchmarks.Growth;

/// <summary>Supernets of which one size grows.</summary>
/// <param name="Name">What grows.</param>
/// <param name="Points">From small to large.</param>
/// <param name="Usual">The index of the published size.</param>
internal sealed record GrowthSeries(string Name, IReadOnlyList<GrowthPoint> Points, int Usual)
{
    private static readonly Shape3 UsualPatch = new(40, 56, 40);

    /// <summary>The exponent with which time grows.</summary>
    public double TimeSlope => Slope(point => point.Seconds);

    /// <summary>The exponent with which the convolutions' operations grow.</summary>
    public double ExpectedTimeSlope => Slope(point => point.Cost.WeightStepFlops);

    /// <summary>The exponent with which memory grows.</summary>
    public double MemorySlope => Slope(point => point.Bytes);

    /// <summary>The exponent with which feature maps, weights, gradients and momentum grow.</summary>
    public double ExpectedMemorySlope => Slope(ExpectedBytes);

    /// <summary>Feature maps in the fastest precision; weights, gradients and momentum in float32.</summary>
    public static double ExpectedBytes(GrowthPoint point) => ((Implementations.Fastest == Implementation.BFloat16 ? 2.0 : 4.0) * point.Cost.Activations) + (3.0 * 4 * point.Cost.Weights);

    /// <summary>Measures patch volume, width and depth.</summary>
    public static IReadOnlyList<GrowthSeries> MeasureAll()
    {
        var series = new GrowthSeries[]
        {
            new(
                "patch volume",
                [.. new Shape3[] { new(24, 32, 24), new(32, 40, 32), UsualPatch, new(48, 64, 48), new(56, 72, 56) }
                    .Select(patch => new GrowthPoint($"{patch}", patch.Count, 48, 3, patch))],
                Usual: 2),
            new("width", [.. new[] { 12, 24, 36, 48, 60 }.Select(width => new GrowthPoint($"{width} to {8 * width}", width, width, 3, UsualPatch))], Usual: 3),
            new("depth", [.. new[] { 2, 3, 4 }.Select(depth => new GrowthPoint($"{depth} a block", depth, 48, depth, UsualPatch))], Usual: 1),
        };
        foreach (var point in series.SelectMany(one => one.Points))
        {
            point.Measure();
        }

        return series;
    }

    /// <summary>The slope of the straight line through the points, both axes logarithmic.</summary>
    private double Slope(Func<GrowthPoint, double> value)
    {
        var (x, y) = (Points.Select(point => Math.Log(point.Scale)).ToArray(), Points.Select(point => Math.Log(value(point))).ToArray());
        var (meanX, meanY) = (x.Average(), y.Average());
        return x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum() / x.Sum(a => (a - meanX) * (a - meanX));
    }
}
