using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Planning.Phantom;

namespace AdwUNet.Tests.Planning;

public class PhantomCaseTests(ITestOutputHelper output)
{
    public static TheoryData<string> Kinds => ["mri", "ct", "thick", "two", "stripped", "small"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void No_threshold_finds_the_target_but_its_border_is_visible(string kind)
    {
        var options = Kind(kind);
        var cases = Enumerable.Range(0, 24).AsParallel().AsOrdered().Select(i =>
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
