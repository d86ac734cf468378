namespace AdwUNet.Planning;

/// <summary>Order statistics as NumPy computes them.</summary>
internal static class OrderStatistics
{
    /// <summary>NumPy's <c>median</c>.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        var half = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    /// <summary>NumPy's <c>percentile</c> with linear interpolation.</summary>
    public static double Percentile(IEnumerable<double> values, double percent)
    {
        double[] sorted = [.. values.Order()];
        return OfSorted(sorted.Length, i => sorted[i], percent);
    }

    /// <summary>The seven numbers that nnU-Net v1 keeps of a channel.</summary>
    /// <param name="voxels">At least one value.</param>
    public static IntensityStatistics Describe(IEnumerable<float> voxels)
    {
        float[] sorted = [.. voxels];
        Array.Sort(sorted);
        var mean = 0.0;
        foreach (var value in sorted)
        {
            mean += value;
        }

        mean /= sorted.Length;
        var squares = 0.0;
        foreach (var value in sorted)
        {
            squares += (value - mean) * (value - mean);
        }

        return new IntensityStatistics(
            mean,
            Math.Sqrt(squares / sorted.Length),
            Percent(0.5),
            Percent(99.5),
            Percent(50),
            sorted[0],
            sorted[^1]);

        double Percent(double percent) => OfSorted(sorted.Length, i => sorted[i], percent);
    }

    private static double OfSorted(int count, Func<int, double> value, double percent)
    {
        var position = percent / 100 * (count - 1);
        var lower = (int)Math.Floor(position);
        var part = position - lower;
        var (a, b) = (value(lower), value(Math.Min(lower + 1, count - 1)));

        // NumPy's own two formulas: exact at both ends.
        return part < 0.5 ? a + ((b - a) * part) : b - ((b - a) * (1 - part));
    }
}
