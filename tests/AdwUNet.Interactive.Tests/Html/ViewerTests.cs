using System.Text.RegularExpressions;
using AdwUNet.Imaging;

namespace AdwUNet.Interactive.Tests.Html;

/// <summary>What a 3-D viewer carries, before any browser shows it.</summary>
public sealed partial class ViewerTests
{
    [Fact]
    public void The_scan_is_a_NIfTI_file_with_the_scans_shape_spacing_and_labels()
    {
        var (image, labels) = Samples.Phantom(new Shape3(8, 10, 12), new Spacing3(3, 2, 1));
        var files = Files(Viewer.Volume(image, labels, Samples.Classes).Html);
        Assert.Equal(2, files.Count);

        var (scan, classes) = (Read(files[0], Nifti.ReadVolume), Read(files[1], Nifti.ReadLabels));
        Assert.Equal((image.Shape, image.Spacing), (scan.Shape, scan.Spacing));
        Assert.Equal(labels.Data, classes.Data);
        // The window leaves out half a percent at either end; between them black to white is linear.
        Assert.Equal(0, scan.Data.Min());
        Assert.Equal(255, scan.Data.Max());
        var dark = Array.IndexOf(image.Data, image.Data.Where(v => v is > 0.2f and < 0.3f).First());
        Assert.InRange(scan.Data[dark], 45, 80);
    }

    [Fact]
    public void Large_scan_is_downsampled_and_keeps_its_extent()
    {
        var (image, labels) = Samples.Phantom(new Shape3(64, 128, 128), new Spacing3(2, 1, 1));
        var packed = PackedVolume.Of(image, 0, labels, 50_000);
        Assert.InRange(packed.Image.Length + packed.Labels!.Length, 1, 50_000);

        var scan = Read(packed.Image, Nifti.ReadVolume);
        for (var axis = 0; axis < 3; axis++)
            Assert.InRange(scan.Shape[axis] * scan.Spacing[axis], image.Shape[axis] * image.Spacing[axis], (image.Shape[axis] * image.Spacing[axis]) + scan.Spacing[axis]);
        Assert.True(scan.Shape.Y < image.Shape.Y);
        Assert.Equal([0, 1, 2], Read(packed.Labels, Nifti.ReadLabels).Data.Distinct().Order().Select(l => (int)l));
    }

    [Fact]
    public void Names_are_escaped_and_slices_replace_the_viewer_without_scripts()
    {
        var (image, labels) = Samples.Phantom(new Shape3(8, 10, 12), new Spacing3(3, 2, 1));
        var figure = Viewer.Volume(image, labels, Samples.Classes, title: Samples.Evil);
        HtmlChecks.AssertWellFormed(figure.Html);
        Assert.DoesNotContain("alert('x')", figure.Html, StringComparison.Ordinal);
        Assert.Contains("data-slice=", figure.Html, StringComparison.Ordinal);
        Assert.Contains($"volume of {image.Shape} voxels", figure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_of_another_shape_are_rejected()
    {
        var (image, _) = Samples.Phantom(new Shape3(8, 10, 12), new Spacing3(1, 1, 1));
        var (_, labels) = Samples.Phantom(new Shape3(8, 10, 11), new Spacing3(1, 1, 1));
        Assert.Throws<ChartException>(() => Viewer.Volume(image, labels));
    }

    private static List<string> Files(string html) => [.. GzipInBase64().Matches(html).Select(m => m.Value)];

    private static T Read<T>(string base64, Func<string, T> read)
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".nii.gz");
        try
        {
            File.WriteAllBytes(path, Convert.FromBase64String(base64));
            return read(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [GeneratedRegex("H4sI[A-Za-z0-9+/=]+")]
    private static partial Regex GzipInBase64();
}
