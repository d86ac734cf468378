using AdwUNet.Augmentation;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Sampling;
using AdwUNet.Tests.Golden;

namespace AdwUNet.Tests.Sampling;

/// <summary>The lower resolutions' targets of the network cases, made from the finest as the reference did.</summary>
public class DownsampledTargetsGoldenTests
{
    [Theory]
    [InlineData("adw_search_small", "target_A_")]
    [InlineData("adw_search_small", "target_B_")]
    [InlineData("aw_search_aniso", "target_A_")]
    [InlineData("aw_search_aniso", "target_B_")]
    [InlineData("ad_search_small", "target_A_")]
    [InlineData("ad_search_small", "target_B_")]
    [InlineData("adw_derived", "target_")]
    [InlineData("aw_derived_aniso", "target_")]
    [InlineData("ad_derived", "target_")]
    public void Targets_equal_the_golden_npz(string name, string prefix)
    {
        var golden = new GoldenCase(name);
        var finest = golden.Arrays[prefix + "0"];
        var patch = Shape3.From(finest.Shape[2..]);
        var shapes = DownsampledTargets.Shapes(patch, golden.Plan.PoolKernels);
        var labels = finest.ToDoubles();
        for (var i = 0; i < shapes.Count; i++)
        {
            var expected = golden.Arrays[$"{prefix}{i}"];
            Assert.Equal(expected.Shape[2..], shapes[i].ToArray());
            var actual = new double[expected.Shape[0] * shapes[i].Count];
            for (var sample = 0; sample < expected.Shape[0]; sample++)
            {
                DownsampledTargets.Resize<double>(
                    labels.AsSpan(sample * (int)patch.Count, (int)patch.Count), patch,
                    actual.AsSpan(sample * (int)shapes[i].Count, (int)shapes[i].Count), shapes[i]);
            }

            Near.Same($"{name}.npz", "targets of lower resolutions", expected.ToDoubles(), actual);
        }
    }
}
