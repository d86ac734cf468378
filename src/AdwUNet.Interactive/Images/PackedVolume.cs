using AdwUNet.Imaging;

namespace AdwUNet.Interactive;

/// <summary>A scan and its labels as small NIfTI files in Base64, for a viewer in a page.</summary>
/// <param name="Image">The windowed intensities, 8 bits a voxel.</param>
/// <param name="Labels">The classes on the same grid, or null.</param>
/// <param name="Shape">That grid; coarser than the scan's if it had to be.</param>
internal sealed record PackedVolume(string Image, string? Labels, Shape3 Shape)
{
    // gzip hardly compresses noise; a first guess of a quarter of the voxels is rarely too large.
    private const int VoxelsPerCharacter = 4;

    /// <summary>Packs into at most the given number of characters: neighbouring voxels are averaged until it fits, first along the finest axis.</summary>
    public static PackedVolume Of(Volume image, int channel, LabelMap? labels, int maxCharacters)
    {
        var painter = new SlicePainter(image, channel);
        var steps = new Shape3(1, 1, 1);
        while (Coarse(image.Shape, steps).Count > (long)maxCharacters * VoxelsPerCharacter) steps = Coarser(image, steps);
        while (true)
        {
            var packed = Pack(image, channel, labels, painter, steps);
            if (packed.Image.Length + (packed.Labels?.Length ?? 0) <= maxCharacters || packed.Shape.Count <= 1) return packed;
            steps = Coarser(image, steps);
        }
    }

    private static PackedVolume Pack(Volume image, int channel, LabelMap? labels, SlicePainter painter, Shape3 steps)
    {
        var shape = Coarse(image.Shape, steps);
        var spacing = new Spacing3(image.Spacing.Z * steps.Z, image.Spacing.Y * steps.Y, image.Spacing.X * steps.X);
        var (levels, classes) = (new double[shape.Count], labels is null ? null : new short[shape.Count]);
        var values = image.Channel(channel);
        var i = 0;
        for (var z = 0; z < shape.Z; z++)
        {
            for (var y = 0; y < shape.Y; y++)
            {
                for (var x = 0; x < shape.X; x++, i++)
                {
                    var first = new Shape3(z * steps.Z, y * steps.Y, x * steps.X);
                    levels[i] = painter.Level(Mean(values, painter, image.Shape, first, steps));
                    if (classes is not null)
                        classes[i] = Math.Max(labels![Middle(first.Z, steps.Z, image.Shape.Z), Middle(first.Y, steps.Y, image.Shape.Y), Middle(first.X, steps.X, image.Shape.X)], (short)0);
                }
            }
        }

        var header = NiftiHeader.Create(shape, spacing) with { DataType = NiftiDataType.UInt8 };
        return new PackedVolume(
            Base64(path => Nifti.Write(path, new NiftiImage(header, levels))),
            classes is null ? null : Base64(path => Nifti.WriteLabels(path, new LabelMap(classes, shape, spacing))),
            shape);
    }

    private static double Mean(ReadOnlySpan<float> values, SlicePainter painter, Shape3 shape, Shape3 first, Shape3 steps)
    {
        double sum = 0;
        var count = 0;
        for (var z = first.Z; z < Math.Min(first.Z + steps.Z, shape.Z); z++)
        {
            for (var y = first.Y; y < Math.Min(first.Y + steps.Y, shape.Y); y++)
            {
                for (var x = first.X; x < Math.Min(first.X + steps.X, shape.X); x++, count++)
                    sum += painter.Finite(values[shape.Offset(z, y, x)]);
            }
        }

        return sum / count;
    }

    private static int Middle(int first, int step, int end) => Math.Min(first + (step / 2), end - 1);

    private static Shape3 Coarse(Shape3 shape, Shape3 steps) =>
        new((shape.Z + steps.Z - 1) / steps.Z, (shape.Y + steps.Y - 1) / steps.Y, (shape.X + steps.X - 1) / steps.X);

    // Coarsens the axis with the shortest voxels, so that the voxel lengths become similar.
    private static Shape3 Coarser(Volume image, Shape3 steps)
    {
        var axis = Enumerable.Range(0, 3).Where(a => Coarse(image.Shape, steps)[a] > 1).MinBy(a => image.Spacing[a] * steps[a]);
        return steps.With(axis, steps[axis] + 1);
    }

    private static string Base64(Action<string> write)
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".nii.gz");
        try
        {
            write(path);
            return Convert.ToBase64String(File.ReadAllBytes(path));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
