using AdwUNet.Imaging;

namespace AdwUNet.Interactive;

/// <summary>Scans in three dimensions.</summary>
public static class Viewer
{
    // A notebook with its outputs stays well below a megabyte.
    private const int MaxVolumeCharacters = 400_000;
    private const int MaxSliceCharacters = 200_000;

    /// <summary>
    /// A scan and its segmentation to look around in: three slices at right angles and the whole in 3-D, which turns under the pointer.
    /// Where that cannot be (no WebGL 2, no scripts, no network in a front end that is not ours), the slices along z with a slider.
    /// </summary>
    /// <param name="image">The scan; if it is large, the viewer shows it coarser.</param>
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
