using AdwUNet.Imaging;

namespace AdwUNet.Interactive;

/// <summary>Scans in three dimensions.</summary>
public static class Viewer
{
    // A notebook with its outputs stays well below a megabyte.
    private const int MaxVolumeCharacters = 400_000;
    private const int MaxSliceCharacters = 200_000;

    /// <summary>
    /// An interactive view of a scan and its segmentation: three orthogonal slices and a 3-D view that can be rotated. Without WebGL 2, scripts or the
    /// viewer's script, it shows the slices along z with a slider.
    /// </summary>
    /// <param name="image">The scan; the viewer reduces the resolution of a large one.</param>
    /// <param name="labels">Classes to lay over it; null for none.</param>
    /// <param name="classes">Class names as in <see cref="Planning.Plan.Classes"/> (index 0 is the background); null numbers them.</param>
    /// <param name="channel">The channel (modality) to show, from 0.</param>
    /// <param name="title">A heading; null for none.</param>
    /// <param name="caption">What to see in it, shown below; null for how to use it.</param>
    /// <remarks>Drawn by NiiVue (https://niivue.com, BSD-2-Clause).</remarks>
    /// <exception cref="ChartException">Shapes differ, or the channel does not exist.</exception>
    public static HtmlFigure Volume(
        Volume image, LabelMap? labels = null, IReadOnlyList<string>? classes = null, int channel = 0, string? title = null, string? caption = null)
    {
        var slices = Charts.SliceSlider(image, labels, null, null, channel, null, MaxSliceCharacters);
        var packed = PackedVolume.Of(image, channel, labels, MaxVolumeCharacters);
        var present = SliceHtml.ClassesIn(labels);
        var body = SliceHtml.Heading(title) + ViewerHtml.Body(packed, present, slices.Body, title ?? "scan") + SliceHtml.Legend(present, classes);
        return new HtmlFigure(body, title is null ? slices.Text : $"{title}. {slices.Text}", caption);
    }
}
