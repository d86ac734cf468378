using System.Text.Json;
using AdwUNet.Datasets;
using AdwUNet.Planning;
using AdwUNet.Tests.Golden;

namespace AdwUNet.Data.Tests.Planning;

/// <summary>Against splits.json, and values that NumPy's documentation and users show for these seeds.</summary>
public class NumpyRandomStateTests
{
    [Fact]
    public void Draws_equal_splits_json()
    {
        var golden = JsonDocument.Parse(File.ReadAllText(GoldenFiles.PathOf("splits.json"))).RootElement;
        var shuffled = Enumerable.Range(0, 48).ToArray();
        new NumpyRandomState(12345).Shuffle(shuffled.AsSpan());
        Same("RandomState(12345).shuffle(arange(48))", shuffled);
        Same("RandomState(2021).permutation(38)", new NumpyRandomState(2021).Permutation(38));
        Same("RandomState(2021).choice(38,19,replace=False)", new NumpyRandomState(2021).Choice(38, 19));
        var (doubles, raw) = (new NumpyRandomState(2021), new NumpyRandomState(2021));
        Same("RandomState(2021).random_sample(8)", [.. Enumerable.Range(0, 8).Select(_ => doubles.NextDouble())]);
        Same("RandomState(2021).randint_raw_uint32", [.. Enumerable.Range(0, 8).Select(_ => raw.NextUInt32())]);

        void Same<T>(string draws, T[] actual) =>
            Near.Same("splits.json", "draws of NumPy's generator", golden.GetProperty(draws).Deserialize<T[]>()!, actual);
    }

    [Fact]
    public void Uniform_numbers_are_those_of_NumPy()
    {
        var random = new NumpyRandomState(0);
        Assert.Equal(0.5488135039273248, random.NextDouble());
        Assert.Equal(0.7151893663724195, random.NextDouble());
        Assert.Equal(0.6027633760716439, random.NextDouble());
    }

    [Fact]
    public void Whole_numbers_are_those_of_NumPy()
    {
        var random = new NumpyRandomState(42);
        Assert.Equal([51, 92, 14, 71, 60, 20, 82, 86, 74, 74], Enumerable.Range(0, 10).Select(_ => random.NextInt(0, 100)));
    }

    [Fact]
    public void Permutations_are_those_of_NumPy() =>
        Assert.Equal([8, 1, 5, 0, 7, 2, 9, 4, 3, 6], new NumpyRandomState(42).Permutation(10));

    [Fact]
    public void An_array_seeds_as_the_reference_implementation_does()
    {
        // The first outputs of mt19937ar.c with its own example key.
        var random = new NumpyRandomState([0x123, 0x234, 0x345, 0x456]);
        Assert.Equal(1067595299u, random.NextUInt32());
        Assert.Equal(955945823u, random.NextUInt32());
        Assert.Equal(477289528u, random.NextUInt32());
    }

    [Fact]
    public void Choice_draws_different_numbers()
    {
        var drawn = new NumpyRandomState(3).Choice(50, 20);
        Assert.Equal(20, drawn.Distinct().Count());
        Assert.All(drawn, value => Assert.InRange(value, 0, 49));
        Assert.Throws<ArgumentOutOfRangeException>(() => new NumpyRandomState(3).Choice(5, 6));
    }
}
