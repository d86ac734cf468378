using System.Text;
using AdwUNet.Imaging;

namespace AdwUNet.Interactive;

public static partial class Charts
{
    // The largest output in characters; the resolution of the pictures is reduced until the output fits.
    private const int MaxSliceCharacters = 280_000;
    private const int MaxSliderCharacters = 400_000;
    private const int MaxSliderSlices = 40;

    // Candidate sizes of a picture, in pixels of the longer edge.
    private static readonly int[] Edges = [512, 384, 256, 192, 160, 128, 96, 64];

    /// <summary>
    /// Three slices at right angles through the centre of the labelled structure (or of the volume): intensities in grey, classes
    /// in colour, in physical proportions. z and y point upwards.
    /// </summary>
    /// <param name="image">The volume.</param>
    /// <param name="labels">Classes to lay over it; null for none.</param>
    /// <param name="classes">Class names as in <see cref="Planning.Plan.Classes"/> (index 0 is the background); null numbers them.</param>
    /// <param name="reference">A second label map, such as the annotator's: shown in a row of its own above a row of <paramref name="labels"/>.</param>
    /// <param name="channel">The channel (modality) to show, from 0.</param>
    /// <param name="at">The voxel through which to cut; null chooses it.</param>
    /// <param name="title">A heading; null for none.</param>
    /// <exception cref="ChartException">Shapes differ, or the channel or the voxel does not exist.</exception>
    public static HtmlFigure Slices(
        Volume image, LabelMap? labels = null, IReadOnlyList<string>? classes = null, LabelMap? reference = null,
        int channel = 0, Shape3? at = null, string? title = null)
    {
        CheckShapes(image, labels, reference);
        var centre = at ?? SlicePlane.Centre(reference ?? labels, image.Shape);
        for (var axis = 0; axis < 3; axis++)
        {
            if (centre[axis] < 0 || centre[axis] >= image.Shape[axis])
            {
                throw new ChartException($"The voxel {centre} for the cut is outside the volume of {image.Shape} voxels; choose one inside.");
            }
        }

        var painter = new SlicePainter(image, channel, reference ?? labels);
        var planes = Enumerable.Range(0, 3).Select(axis => SlicePlane.Of(image.Shape, image.Spacing, axis, centre[axis])).ToList();
        var rows = reference is null
            ? new List<(string? Name, LabelMap? Labels)> { (null, labels) }
            : [("reference", reference), ("prediction", labels)];
        var html = Edges.Select(edge => SliceHtml.Rows(painter, planes, rows, edge)).FirstOrDefault(h => h.Length <= MaxSliceCharacters)
            ?? SliceHtml.Rows(painter, planes, rows, Edges[^1]);
        var present = SliceHtml.ClassesIn(reference, labels);
        var body = SliceHtml.Heading(title) + html + SliceHtml.Legend(present, classes);
        return new HtmlFigure(body, SliceText(image, centre, present, classes, title));
    }

    /// <summary>The slices along z with a slider to move through them.</summary>
    /// <param name="image">The volume.</param>
    /// <param name="labels">Classes to lay over it; null for none.</param>
    /// <param name="classes">Class names as in <see cref="Planning.Plan.Classes"/> (index 0 is the background); null numbers them.</param>
    /// <param name="reference">A second label map, shown beside <paramref name="labels"/>.</param>
    /// <param name="channel">The channel (modality) to show, from 0.</param>
    /// <param name="title">A heading; null for none.</param>
    /// <remarks>At most 40 slices, evenly spread over the volume, so that the output stays small.</remarks>
    /// <exception cref="ChartException">Shapes differ, or the channel does not exist.</exception>
    public static HtmlFigure SliceSlider(
        Volume image, LabelMap? labels = null, IReadOnlyList<string>? classes = null, LabelMap? reference = null,
        int channel = 0, string? title = null) => SliceSlider(image, labels, classes, reference, channel, title, MaxSliderCharacters);

    internal static HtmlFigure SliceSlider(
        Volume image, LabelMap? labels, IReadOnlyList<string>? classes, LabelMap? reference, int channel, string? title, int maxCharacters)
    {
        CheckShapes(image, labels, reference);
        var painter = new SlicePainter(image, channel, reference ?? labels);
        var count = Math.Min(image.Shape.Z, MaxSliderSlices);
        var indices = Enumerable.Range(0, count)
            .Select(i => count == 1 ? 0 : (int)Math.Round(i * (image.Shape.Z - 1.0) / (count - 1))).ToList();
        var planes = indices.Select(z => SlicePlane.Of(image.Shape, image.Spacing, 0, z)).ToList();
        var centre = SlicePlane.Centre(reference ?? labels, image.Shape);
        var start = indices.IndexOf(indices.MinBy(z => Math.Abs(z - centre.Z)));
        var columns = reference is null
            ? new List<(string? Name, LabelMap? Labels)> { (null, labels) }
            : [("reference", reference), ("prediction", labels)];
        var html = Edges.Select(edge => SliceHtml.Slider(painter, planes, columns, start, image.Shape.Z, edge)).FirstOrDefault(h => h.Length <= maxCharacters)
            ?? SliceHtml.Slider(painter, planes, columns, start, image.Shape.Z, Edges[^1]);
        var present = SliceHtml.ClassesIn(reference, labels);
        return new HtmlFigure(
            SliceHtml.Heading(title) + html + SliceHtml.Legend(present, classes),
            SliceText(image, centre, present, classes, title));
    }

    /// <summary>Two volumes, one above the other, each in its own physical proportions; for example a scan before and after preprocessing.</summary>
    /// <param name="before">The first volume.</param>
    /// <param name="after">The second volume; it may differ in shape and spacing.</param>
    /// <param name="beforeLabels">Classes to lay over the first; null for none.</param>
    /// <param name="afterLabels">Classes to lay over the second; null for none.</param>
    /// <param name="classes">Class names as in <see cref="Planning.Plan.Classes"/>; null numbers them.</param>
    /// <param name="channel">The channel (modality) to show, from 0.</param>
    /// <exception cref="ChartException">Shapes of image and labels differ, or the channel does not exist.</exception>
    public static HtmlFigure BeforeAfter(
        Volume before, Volume after, LabelMap? beforeLabels = null, LabelMap? afterLabels = null,
        IReadOnlyList<string>? classes = null, int channel = 0)
    {
        var first = Slices(before, beforeLabels, classes, channel: channel, title: $"before: {before.Shape} voxels of {before.Spacing}");
        var second = Slices(after, afterLabels, classes, channel: channel, title: $"after: {after.Shape} voxels of {after.Spacing}");
        return new HtmlFigure(first.Body + second.Body, first.Text + Environment.NewLine + second.Text);
    }

    private static string SliceText(Volume image, Shape3 centre, IReadOnlyList<int> present, IReadOnlyList<string>? classes, string? title)
    {
        var text = new StringBuilder(title is null ? "Slices" : title);
        text.Append($": volume of {image.Shape} voxels, {image.Spacing}, cut at z = {centre.Z}, y = {centre.Y}, x = {centre.X}");
        if (present.Count > 0) text.Append("; classes: ").AppendJoin(", ", present.Select(c => SliceHtml.ClassName(c, classes)));
        return text.ToString();
    }

    private static void CheckShapes(Volume image, params LabelMap?[] maps)
    {
        foreach (var map in maps)
        {
            if (map is not null && map.Shape != image.Shape)
            {
                throw new ChartException($"The image has {image.Shape} voxels, but a label map has {map.Shape}; give a label map of the same shape.");
            }
        }
    }
}
