using System.Globalization;
using AdwUNet.Architectures;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Tests.Golden;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Networks;

/// <summary>Gumbel-softmax, width options and masks against gumbel_and_masks.npz.</summary>
public class GumbelAndMasksGoldenTests
{
    private const string GoldenFile = "gumbel_and_masks.npz";
    private const double Tolerance = 3e-7; // absolute, of weights that sum to 1: a few units in the last place

    private static readonly Npz Arrays = new(GoldenFiles.PathOf(GoldenFile));

    [Theory]
    [InlineData(5)]
    [InlineData(1)]
    [InlineData(0.5)]
    [InlineData(0.0534)]
    public void Gumbel_softmax_equals_gumbel_and_masks_npz(double temperature)
    {
        using var scope = NewDisposeScope();
        var (logits, noise) = (Arrays["logits"].ToFloats(), Arrays["noise"].ToFloats());
        var expected = Arrays[FormattableString.Invariant($"softmax_tau{temperature}")].ToFloats();
        const int options = 5;
        for (var row = 0; row < logits.Length; row += options)
        {
            var choice = new RelaxedChoice
            {
                Temperature = temperature,
                Noise = GumbelNoise.Fixed(new Dictionary<string, float[]> { ["alphas"] = noise[row..(row + options)] }),
            };
            var actual = choice.Sample("alphas", tensor(logits[row..(row + options)])).data<float>().ToArray();
            Near.Compare(Quantity.Absolute(GoldenFile, "Gumbel-softmax", Tolerance), expected[row..(row + options)], actual, $"row {row}");
        }
    }

    [Fact]
    public void Width_options_equal_gumbel_and_masks_npz()
    {
        const string prefix = "channel_map_";
        var names = Arrays.Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(names);
        foreach (var name in names)
        {
            var width = int.Parse(name[prefix.Length..], CultureInfo.InvariantCulture);
            var options = SearchSpace.Published(Family.AdwUNet).WidthOptions(width).Select(option => (double)option);
            Near.Same(GoldenFile, "width options", Arrays[name].ToDoubles(), options);
        }
    }

    [Fact]
    public void Masks_equal_gumbel_and_masks_npz()
    {
        using var scope = NewDisposeScope();
        const string prefix = "masks_";
        var names = Arrays.Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(names);
        foreach (var name in names)
        {
            var width = int.Parse(name[prefix.Length..], CultureInfo.InvariantCulture);
            var options = SearchSpace.Published(Family.AdwUNet).WidthOptions(width);
            var unit = new ConvUnit(new("unit", 1, width, Shape3.Cube(1), Shape3.Cube(1)) { WidthOptions = options, Choice = new() });
            var masks = unit.state_dict()["masks"];
            Assert.Equal([options.Count, width], masks.shape);
            Near.Same(GoldenFile, "width masks", Arrays[name].ToFloats(), masks.data<float>().ToArray());
        }
    }
}
