using System.Text.Json;
using AdwUNet.Imaging;
using AdwUNet.Prediction;
using AdwUNet.Sampling;
using AdwUNet.Tests.Golden;

namespace AdwUNet.Tests.Prediction;

public class SlidingWindowGoldenTests
{
    /// <summary>Two units in the last place of single precision: sums in double precision are rounded once.</summary>
    private const double RelativeTolerance = 2.4e-7;

    private static readonly Npz Arrays = new(GoldenFiles.PathOf("sliding_window.npz"));

    [Fact]
    public void Tile_steps_equal_sliding_window_npz()
    {
        var cases = Case().GetProperty("steps").EnumerateArray().ToArray();
        Assert.NotEmpty(cases);
        foreach (var entry in cases)
        {
            var patch = entry.GetProperty("patch").Deserialize<int[]>()!;
            var image = entry.GetProperty("image").Deserialize<int[]>()!;
            var stepSize = entry.GetProperty("step_size").GetDouble();
            var steps = Enumerable.Range(0, 3).Select(axis => TileGrid.Steps(patch[axis], image[axis], stepSize));
            Near.Same("sliding_window.npz", "tile steps", entry.GetProperty("steps").Deserialize<int[][]>()!, steps);
        }
    }

    [Theory]
    [InlineData("gaussian_16_16_16", 16, 16, 16)]
    [InlineData("gaussian_7_10_5", 7, 10, 5)]
    public void Gaussian_importance_equals_sliding_window_npz(string name, int z, int y, int x)
    {
        var expected = Arrays[name].ToFloats();
        AssertClose(expected, GaussianImportance.Map(new Shape3(z, y, x)));
    }

    [Fact]
    public void Gaussian_importance_of_the_hippocampus_patch_equals_sliding_window_npz()
    {
        var (shape, corner) = (new Shape3(40, 56, 40), new Shape3(21, 29, 21));
        var golden = Arrays["gaussian_40_56_40"].ToFloats();
        var actual = GaussianImportance.Map(shape);
        var expected = new float[actual.Length];
        for (var z = 0; z < shape.Z; z++)
        {
            for (var y = 0; y < shape.Y; y++)
            {
                for (var x = 0; x < shape.X; x++)
                {
                    // The file holds one corner; the rest mirrors it at the centre.
                    var source = corner.Offset(Math.Min(z, 40 - z), Math.Min(y, 56 - y), Math.Min(x, 40 - x));
                    expected[shape.Offset(z, y, x)] = golden[source];
                }
            }
        }

        AssertClose(expected, actual);

        var checks = Case().GetProperty("checks");
        Assert.Equal(checks.GetProperty("sum_40_56_40").GetDouble(), actual.Sum(value => (double)value), 1e-3);
        Assert.Equal(checks.GetProperty("max").GetDouble(), actual.Max());
        var minimum = actual.Min();
        Assert.Equal(checks.GetProperty("min").GetDouble(), minimum, 1e-17);
        Assert.Equal(checks.GetProperty("n_equal_min").GetInt32(), actual.Count(value => value == minimum));
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Near.Compare(Quantity.EntryRelative("sliding_window.npz", "Gaussian importance", RelativeTolerance), expected, actual);
    }

    private static JsonElement Case()
    {
        using var manifest = JsonDocument.Parse(File.ReadAllText(GoldenFiles.PathOf("manifest.json")));
        return manifest.RootElement.GetProperty("cases").GetProperty("sliding_window").Clone();
    }
}
