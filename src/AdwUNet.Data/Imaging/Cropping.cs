namespace AdwUNet.Imaging;

/// <summary>A case without its empty border.</summary>
/// <param name="Image">The voxels in the box; the same object if nothing is cropped.</param>
/// <param name="Labels">Their labels; −1 where the image is empty and the label was background. The same object if nothing changes.</param>
/// <param name="Box">Where the box lies in the original.</param>
public sealed record CroppedCase(Volume Image, LabelMap Labels, BoundingBox Box);

/// <summary>Cropping to the non-zero region (nnU-Net v1's <c>crop_to_nonzero</c>).</summary>
public static class Cropping
{
    /// <summary>The label of voxels outside the non-zero region (nnU-Net v1).</summary>
    public const short Outside = -1;

    private const short BelowOutside = Outside - 1;

    /// <summary>Crops to the smallest box around all voxels that are not zero in every channel.</summary>
    /// <param name="image">The image.</param>
    /// <param name="labels">Its labels; without any, the result's are 0 inside the region and −1 outside it.</param>
    /// <exception cref="PreprocessingException">The image is zero everywhere, or the labels have another shape.</exception>
    public static CroppedCase Crop(Volume image, LabelMap? labels)
    {
        var (marked, box) = Locate(image, labels);
        return new CroppedCase(box.Size == image.Shape ? image : Extract(image, box), marked, box);
    }

    /// <summary>The same without copying the image: the labels in the box, and the box.</summary>
    internal static (LabelMap Labels, BoundingBox Box) Locate(Volume image, LabelMap? labels)
    {
        if (labels != null && labels.Shape != image.Shape)
        {
            throw new PreprocessingException(
                $"The image is {image.Shape} but its labels are {labels.Shape}; give labels of the image's shape.");
        }

        var mask = NonZeroMask(image);
        var box = Bounds(mask, image.Shape)
            ?? throw new PreprocessingException("The image is zero everywhere; correct the file or remove the case from the dataset.");
        var stays = labels != null && !mask.AsSpan().Contains(false) && !labels.Data.AsSpan().ContainsAnyInRange(short.MinValue, BelowOutside);
        return (stays ? labels! : new LabelMap(MarkOutside(labels, mask, image.Shape, box), box.Size, image.Spacing), box);
    }

    /// <summary>As <see cref="Crop"/>; errors name the case.</summary>
    internal static CroppedCase CropOrExplain(Volume image, LabelMap? labels, string caseId) => Explained(caseId, () => Crop(image, labels));

    /// <summary>As <see cref="Locate"/>; errors name the case.</summary>
    internal static (LabelMap Labels, BoundingBox Box) LocateOrExplain(Volume image, LabelMap? labels, string caseId) =>
        Explained(caseId, () => Locate(image, labels));

    private static T Explained<T>(string caseId, Func<T> crop)
    {
        try
        {
            return crop();
        }
        catch (PreprocessingException error)
        {
            throw new PreprocessingException($"Case {caseId}: {error.Message}", error);
        }
    }

    private static Volume Extract(Volume image, BoundingBox box)
    {
        var voxels = checked((int)box.Size.Count);
        var cropped = new float[checked(image.Channels * voxels)];
        for (var c = 0; c < image.Channels; c++)
        {
            box.Extract(image.Channel(c), image.Shape, cropped.AsSpan(c * voxels, voxels));
        }

        return new Volume(cropped, image.Channels, box.Size, image.Spacing);
    }

    private static short[] MarkOutside(LabelMap? labels, bool[] mask, Shape3 shape, BoundingBox box)
    {
        var classes = new short[checked((int)box.Size.Count)];
        if (labels != null)
        {
            box.Extract<short>(labels.Data, shape, classes);
        }

        Parallel.For(0, box.Size.Z, z =>
        {
            for (var y = 0; y < box.Size.Y; y++)
            {
                var row = classes.AsSpan(box.Size.Offset(z, y, 0), box.Size.X);
                var inside = mask.AsSpan(shape.Offset(box.Start.Z + z, box.Start.Y + y, box.Start.X), box.Size.X);
                for (var x = 0; x < row.Length; x++)
                {
                    if (row[x] < Outside)
                    {
                        row[x] = 0; // as nnU-Net v1, for stray values below −1
                    }
                    else if (row[x] == 0 && !inside[x])
                    {
                        row[x] = Outside;
                    }
                }
            }
        });
        return classes;
    }

    /// <summary>Voxels that are not zero in some channel, and holes among them that do not touch the border (through faces).</summary>
    /// <param name="image">The image; a voxel that is not a number counts as not zero.</param>
    public static bool[] NonZeroMask(Volume image)
    {
        var mask = new bool[checked((int)image.Shape.Count)];
        var plane = image.Shape.Y * image.Shape.X;
        Parallel.For(0, image.Shape.Z, z =>
        {
            var inside = mask.AsSpan(z * plane, plane);
            for (var c = 0; c < image.Channels; c++)
            {
                var values = image.Channel(c).Slice(z * plane, plane);
                for (var i = 0; i < inside.Length; i++)
                {
                    inside[i] |= values[i] != 0;
                }
            }
        });
        if (mask.AsSpan().Contains(false))
        {
            HoleFilling.Fill(mask, image.Shape);
        }

        return mask;
    }

    private static BoundingBox? Bounds(bool[] mask, Shape3 shape)
    {
        int[] low = [shape.Z, shape.Y, shape.X];
        int[] high = [-1, -1, -1];
        for (var z = 0; z < shape.Z; z++)
        {
            for (var y = 0; y < shape.Y; y++)
            {
                var row = mask.AsSpan(shape.Offset(z, y, 0), shape.X);
                var first = row.IndexOf(true);
                if (first >= 0)
                {
                    (low[0], high[0]) = (Math.Min(low[0], z), z);
                    (low[1], high[1]) = (Math.Min(low[1], y), Math.Max(high[1], y));
                    (low[2], high[2]) = (Math.Min(low[2], first), Math.Max(high[2], row.LastIndexOf(true)));
                }
            }
        }

        return high[0] < 0
            ? null
            : new BoundingBox(Shape3.From(low), new Shape3(high[0] - low[0] + 1, high[1] - low[1] + 1, high[2] - low[2] + 1));
    }
}
