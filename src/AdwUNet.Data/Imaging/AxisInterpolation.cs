using System.Collections.Concurrent;

namespace AdwUNet.Imaging;

/// <summary>
/// Resizing one axis as a banded matrix: output j is Σ over taps t of Weights[j·Taps + t] × input[Starts[j] + t]. The cubic
/// matrix includes the spline's prefilter and the edge padding, so that no other step is needed.
/// </summary>
/// <remarks>
/// The same as <c>scipy.ndimage.zoom(grid_mode=True, mode="nearest")</c>, which scikit-image 0.19's <c>resize</c> with
/// <c>mode="edge"</c> calls.
/// </remarks>
internal sealed class AxisInterpolation
{
    // scipy.ndimage pads by so many edge values before the spline filter.
    private const int Padding = 12;

    // The cubic spline filter's pole, sqrt(3) − 2.
    private const double Pole = -0.267949192431122706472553658494127633;

    // Weights below it are left out. They fall by a factor of almost four from voxel to voxel, so that all of them together change a value by
    // a few times as much: far less than float's precision.
    private const double Negligible = 1e-9;

    // A dataset of thousands of sizes must not fill the memory with matrices: so many weights are kept at most.
    private const long MaxCachedWeights = 4 << 20;

    private static readonly ConcurrentDictionary<(int From, int To, int Order), AxisInterpolation> Cache = [];
    private static long s_cachedWeights;

    private AxisInterpolation(int taps, int[] starts, double[] weights) => (Taps, Starts, Weights) = (taps, starts, weights);

    public int Taps { get; }

    public int[] Starts { get; }

    public double[] Weights { get; }

    /// <summary>The weights of one output.</summary>
    public ReadOnlySpan<double> Of(int j) => Weights.AsSpan(j * Taps, Taps);

    /// <summary>The matrix from a length to another, made once.</summary>
    public static AxisInterpolation Of(int from, int to, int order)
    {
        if (Cache.TryGetValue((from, to, order), out var known))
        {
            return known;
        }

        var made = Create(from, to, order);
        if (Interlocked.Add(ref s_cachedWeights, made.Weights.Length) > MaxCachedWeights)
        {
            Cache.Clear();
            Interlocked.Exchange(ref s_cachedWeights, made.Weights.Length);
        }

        return Cache.GetOrAdd((from, to, order), made);
    }

    /// <summary>Where output index <paramref name="j"/> lies in the input, in voxels; voxel centres are whole numbers.</summary>
    public static double Coordinate(int j, int from, int to) => ((j + 0.5) * ((double)from / to)) - 0.5;

    /// <summary>The input index that is nearest to output <paramref name="j"/>.</summary>
    public static int Nearest(int j, int from, int to) =>
        (int)Math.Floor(Math.Clamp(Coordinate(j, from, to), 0, from - 1) + 0.5);

    private static AxisInterpolation Create(int from, int to, int order) => order switch
    {
        1 => Banded(Linear(from, to), from, to),
        3 => Banded(Cubic(from, to), from, to),
        _ => throw new ArgumentOutOfRangeException(nameof(order)),
    };

    private static double[,] Linear(int from, int to)
    {
        var matrix = new double[to, from];
        for (var j = 0; j < to; j++)
        {
            var x = Math.Clamp(Coordinate(j, from, to), 0, from - 1);
            var lower = (int)Math.Floor(x);
            matrix[j, lower] += 1 - (x - lower);
            matrix[j, Math.Min(lower + 1, from - 1)] += x - lower;
        }

        return matrix;
    }

    private static double[,] Cubic(int from, int to)
    {
        // Column i of the matrix is what becomes of a line that is 1 at i and 0 elsewhere.
        var matrix = new double[to, from];
        var line = new double[from + (2 * Padding)];
        for (var i = 0; i < from; i++)
        {
            for (var k = 0; k < line.Length; k++)
            {
                line[k] = Math.Clamp(k - Padding, 0, from - 1) == i ? 1 : 0;
            }

            SplineFilter(line);
            for (var j = 0; j < to; j++)
            {
                matrix[j, i] = SplineValue(line, Coordinate(j, from, to) + Padding);
            }
        }

        return matrix;
    }

    /// <summary>Samples to cubic B-spline coefficients, mirrored at the ends (Unser, Aldroubi and Eden 1991).</summary>
    private static void SplineFilter(double[] c)
    {
        var n = c.Length;
        const double Gain = (1 - Pole) * (1 - (1 / Pole));
        for (var i = 0; i < n; i++)
        {
            c[i] *= Gain;
        }

        var power = Pole;
        var last = Math.Pow(Pole, n - 1);
        c[0] += last * c[n - 1];
        for (var i = 1; i < n - 1; i++)
        {
            c[0] += power * (c[i] + (last * c[n - 1 - i]));
            power *= Pole;
        }

        c[0] /= 1 - (last * last);
        for (var i = 1; i < n; i++)
        {
            c[i] += Pole * c[i - 1];
        }

        c[n - 1] = ((Pole * c[n - 2]) + c[n - 1]) * Pole / ((Pole * Pole) - 1);
        for (var i = n - 2; i >= 0; i--)
        {
            c[i] = Pole * (c[i + 1] - c[i]);
        }
    }

    private static double SplineValue(double[] c, double x)
    {
        var start = (int)Math.Floor(x) - 1;
        var y = x - Math.Floor(x);
        var z = 1 - y;
        var w0 = z * z * z / 6;
        var w1 = ((y * y * (y - 2) * 3) + 4) / 6;
        var w2 = ((z * z * (z - 2) * 3) + 4) / 6;
        return (w0 * c[start]) + (w1 * c[start + 1]) + (w2 * c[start + 2]) + ((1 - w0 - w1 - w2) * c[start + 3]);
    }

    private static AxisInterpolation Banded(double[,] matrix, int from, int to)
    {
        var first = new int[to];
        var taps = 1;
        for (var j = 0; j < to; j++)
        {
            var low = 0;
            var high = from - 1;
            while (low < high && Math.Abs(matrix[j, low]) < Negligible)
            {
                low++;
            }

            while (high > low && Math.Abs(matrix[j, high]) < Negligible)
            {
                high--;
            }

            first[j] = low;
            taps = Math.Max(taps, high - low + 1);
        }

        var weights = new double[to * taps];
        for (var j = 0; j < to; j++)
        {
            first[j] = Math.Min(first[j], from - taps);
            for (var t = 0; t < taps; t++)
            {
                weights[(j * taps) + t] = matrix[j, first[j] + t];
            }
        }

        return new AxisInterpolation(taps, first, weights);
    }
}
