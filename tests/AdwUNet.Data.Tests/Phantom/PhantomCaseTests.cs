using AdwUNet.Augmentation;
using AdwUNet.Imaging;
using AdwUNet.Phantom;
using AdwUNet.Planning;

namespace AdwUNet.Data.Tests.Phantom;

public class PhantomCaseTests(ITestOutputHelper output)
{
    public static TheoryData<string> Kinds => ["mri", "ct", "thick", "two", "stripped", "small"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void No_threshold_finds_the_target_but_its_border_is_visible(string kind)
    {
        var options = Kind(kind);
        var cases = Enumerable.Range(0, 16).AsParallel().AsOrdered().Select(i =>
        {
            var (image, labels) = PhantomCase.Make(options, (ulong)i);
            var target = PhantomStatistics.Target(labels);
            var windows = Enumerable.Range(0, image.Channels).Select(c => PhantomStatistics.BestWindow(image.Channel(c), target));
            return (
                Window: windows.Max(),
                Local: PhantomStatistics.BestLocalWindow(image.Channel(0), target, image.Shape, distance: 2),
                Share: target.Count(t => t) / (double)target.Length);
        }).ToArray();
        var window = cases.Average(c => c.Window);
        var local = cases.Average(c => c.Local);
        output.WriteLine(
            $"{kind}: best window {window:0.000} (at most {cases.Max(c => c.Window):0.000}), among its surroundings {local:0.000} "
            + $"(at least {cases.Min(c => c.Local):0.000}), target {cases.Min(c => c.Share):0.000} to {cases.Max(c => c.Share):0.000} of the voxels");
        Assert.True(window < 0.6, $"{window}");
        Assert.True(local > 0.65 && local > 2 * window, $"{local}");
    }

    [Fact]
    public void The_scale_of_magnetic_resonance_differs_by_orders_of_magnitude_and_that_of_ct_does_not()
    {
        double Mean(PhantomOptions options, int index)
        {
            var (image, labels) = PhantomCase.Make(options, (ulong)index);
            return image.Data.Where((_, i) => labels.Data[i] > 0).Average();
        }

        var mri = Enumerable.Range(0, 12).Select(i => Mean(Kind("mri"), i)).ToArray();
        Assert.True(mri.Max() > 100 * mri.Min(), $"{mri.Min()} to {mri.Max()}");
        var ct = Enumerable.Range(0, 12).Select(i => Mean(Kind("ct"), i)).ToArray();
        Assert.All(ct, mean => Assert.InRange(mean, 40, 80));
    }

    [Fact]
    public void Ct_has_air_and_bone_far_outside_the_targets_intensities()
    {
        var (image, labels) = PhantomCase.Make(Kind("ct"), 0);
        Assert.InRange(image.Data.Min(), -1024, -980);
        Assert.InRange(image.Data.Max(), 880, 1000);
        var inside = image.Data.Where((_, i) => labels.Data[i] > 0).Order().ToArray();
        Assert.InRange(inside[inside.Length / 200], -20, 40);
        Assert.InRange(inside[^(inside.Length / 200)], 70, 150);
        Assert.All(image.Data, value => Assert.Equal(MathF.Round(value), value));
    }

    [Fact]
    public void Modalities_show_the_target_darker_and_brighter()
    {
        for (var i = 0; i < 5; i++)
        {
            var (image, labels) = PhantomCase.Make(Kind("two"), (ulong)i);
            double Difference(int channel)
            {
                var values = image.Channel(channel).ToArray();
                return values.Where((_, v) => labels.Data[v] > 0).Average() - values.Average();
            }

            Assert.True(Difference(0) < 0 && Difference(1) > 0, $"{Difference(0)}, {Difference(1)}");
        }
    }

    [Fact]
    public void Skull_stripping_leaves_zeros_in_which_cropping_removes_more_than_a_quarter()
    {
        var (image, labels) = PhantomCase.Make(Kind("stripped") with { Modalities = 2 }, 0);
        int[] low = [int.MaxValue, int.MaxValue, int.MaxValue], high = [-1, -1, -1];
        for (var i = 0; i < labels.Data.Length; i++)
        {
            if (image.Data[i] == 0)
            {
                Assert.Equal(0, labels.Data[i]);
                Assert.Equal(0, image.Channel(1)[i]);
                continue;
            }

            int[] at = [i / (image.Shape.X * image.Shape.Y), i / image.Shape.X % image.Shape.Y, i % image.Shape.X];
            for (var axis = 0; axis < 3; axis++)
            {
                low[axis] = Math.Min(low[axis], at[axis]);
                high[axis] = Math.Max(high[axis], at[axis]);
            }
        }

        var box = (double)(high[0] - low[0] + 1) * (high[1] - low[1] + 1) * (high[2] - low[2] + 1);
        Assert.True(box < 0.75 * image.Shape.Count, $"{box / image.Shape.Count}");
    }

    [Fact]
    public void Thick_slices_average_the_same_anatomy()
    {
        var fine = new PhantomOptions { SizeVariation = 0, Noise = 0, Size = new(36, 50, 35) };
        var thick = fine with { Size = new(9, 50, 35), Spacing = new(4, 1, 1) };
        var (image, labels) = PhantomCase.Make(fine, 0);
        var (averaged, coarse) = PhantomCase.Make(thick, 0);
        double Target(LabelMap map) => map.Data.Count(label => label > 0) * map.Spacing.Z;
        Assert.InRange(Target(coarse) / Target(labels), 0.85, 1.15);
        var slice = image.Shape.X * image.Shape.Y;
        for (var i = 0; i < averaged.Data.Length; i++)
        {
            var first = (i / slice * 4 * slice) + (i % slice);
            var mean = (image.Data[first] + image.Data[first + slice] + image.Data[first + (2 * slice)] + image.Data[first + (3 * slice)]) / 4;
            Assert.Equal(mean, averaged.Data[i], 0.02 * mean);
        }
    }

    [Fact]
    public void The_noise_option_scales_the_noise_alone()
    {
        var options = new PhantomOptions { SizeVariation = 0 };
        var (clean, labels) = PhantomCase.Make(options with { Noise = 0 }, 3);
        var (usual, _) = PhantomCase.Make(options, 3);
        var (double_, same) = PhantomCase.Make(options with { Noise = 2 }, 3);
        Assert.Equal(labels.Data, same.Data);
        double Deviation(Volume image) => Math.Sqrt(image.Data.Zip(clean.Data, (a, b) => Math.Pow(a - b, 2)).Average());
        Assert.InRange(Deviation(double_) / Deviation(usual), 1.8, 2.2);
    }

    private static PhantomOptions Kind(string kind) => kind switch
    {
        "mri" => new(),
        "ct" => new() { Intensities = PhantomIntensities.Ct },
        "thick" => new PhantomOptions { Spacing = new(3.6, 0.6, 0.6) }.FillingTheUsualField(),
        "two" => new() { Modalities = 2 },
        "stripped" => new() { SkullStripped = true },
        "small" => new() { Size = new(18, 25, 18) },
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
