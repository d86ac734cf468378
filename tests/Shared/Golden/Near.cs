using static TorchSharp.torch;

namespace AdwUNet.Tests.Golden;

/// <summary>Comparisons with golden values; each leaves its difference in the <see cref="ParityTable"/>.</summary>
public static class Near
{
    /// <summary>Two tensors of the same shape.</summary>
    public static void Compare(Quantity quantity, Tensor expected, Tensor actual, string entry = "")
    {
        Assert.Equal(expected.shape, actual.shape);
        using var scope = NewDisposeScope();
        Compare(quantity, Values(expected), Values(actual), entry);
    }

    /// <summary>Two numbers.</summary>
    public static void Compare(Quantity quantity, double expected, double actual, string entry = "") =>
        Compare(quantity, new double[] { expected }, new double[] { actual }, entry);

    /// <summary>Two arrays.</summary>
    public static void Compare(Quantity quantity, double[] expected, double[] actual, string entry = "")
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.NotEmpty(expected);
        ParityTable.Record(quantity, Difference(quantity.Measure, expected, actual), entry);
    }

    /// <summary>Two single-precision arrays.</summary>
    public static void Compare(Quantity quantity, float[] expected, float[] actual, string entry = "") =>
        Compare(quantity, Array.ConvertAll(expected, x => (double)x), Array.ConvertAll(actual, x => (double)x), entry);

    /// <summary>Two values that are equal.</summary>
    public static void Same<T>(string file, string quantity, T expected, T actual)
    {
        Assert.Equal(expected, actual);
        ParityTable.Record(Quantity.Exact(file, quantity), 0);
    }

    /// <summary>Two sequences that are equal.</summary>
    public static void Same<T>(string file, string quantity, IEnumerable<T> expected, IEnumerable<T> actual)
    {
        Assert.Equal(expected, actual);
        ParityTable.Record(Quantity.Exact(file, quantity), 0);
    }

    private static double Difference(Measure measure, double[] expected, double[] actual)
    {
        var pairs = expected.Zip(actual, (e, a) => (Expected: Math.Abs(e), Difference: Math.Abs(e - a))).ToArray();
        if (Array.Exists(pairs, pair => double.IsNaN(pair.Difference)))
        {
            return double.NaN;
        }

        var largest = pairs.Max(pair => pair.Difference);
        if (largest == 0)
        {
            return 0;
        }

        return measure switch
        {
            Measure.Relative => largest / pairs.Max(pair => pair.Expected),
            Measure.EntryRelative => pairs.Where(pair => pair.Difference > 0).Max(pair => pair.Difference / pair.Expected),
            _ => largest,
        };
    }

    private static double[] Values(Tensor tensor) => tensor.detach().to(float64).contiguous().data<double>().ToArray();
}
