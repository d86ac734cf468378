using AdwUNet.Imaging;

namespace AdwUNet.Planning;

/// <summary>A case without its empty border.</summary>
/// <param name="Image">The voxels in the box; the very image where nothing is cut off.</param>
/// <param name="Labels">Their labels; −1 where the image is empty and the label was background.</param>
/// <param name="Box">Where the box lies in the original.</param>
public sealed record CroppedCase(Volume Image, LabelMap Labels, BoundingBox Box);

/// <summary>Cropping to the non-zero region (nnU-Net v1's <c>crop_to_nonzero</c>).</summary>
public static class Cropping
{
    /// <summary>The label of voxels outside the non-zero region (nnU-Net v1).</summary>
    public const short Outside = -1;

    /// <summary>Crops to the smallest box around all voxels that are not zero in every channel.</summary>
    /// <param name="image">The image.</param>
    /// <param name="labels">Its labels; without any, the result's are 0 inside the region and −1 outside it.</param>
    /// <exception cref="PreprocessingException">The image is zero everywhere, or the labels have another shape.</exception>
    public static CroppedCase Crop(Volume image, LabelMap? labels)
    {
        if (labels != null && labels.Shape != image.Shape)
        {
            throw new PreprocessingException(
                $"The image is {image.Shape} but its labels are {labels.Shape}; give labels of the image's shape.");
        }

        var mask = NonZeroMask(image);
        var box = Bounds(mask, image.Shape)
            ?? throw new PreprocessingException("The image is zero everywhere; take the case out of the dataset.");
        return new CroppedCase(
            box.Size == image.Shape ? image : Extract(image, box),
            new LabelMap(MarkOutside(labels, mask, image.Shape, box), box.Size, image.Spacing),
            box);
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

        var i = 0;
        for (var z = box.Start.Z; z < box.Start.Z + box.Size.Z; z++)
        {
            for (var y = box.Start.Y; y < box.Start.Y + box.Size.Y; y++)
            {
                foreach (var inside in mask.AsSpan(shape.Offset(z, y, box.Start.X), box.Size.X))
                {
                    if (classes[i] < Outside)
                    {
                        classes[i] = 0; // as nnU-Net v1, for stray values below −1
                    }
                    else if (classes[i] == 0 && !inside)
                    {
                        classes[i] = Outside;
                    }

                    i++;
                }
            }
        }

        return classes;
    }

    /// <summary>Voxels that are not zero in some channel, and holes among them that do not touch the border (through faces).</summary>
    /// <param name="image">The image; a voxel that is not a number counts as not zero.</param>
    public static bool[] NonZeroMask(Volume image)
    {
        var mask = new bool[checked((int)image.Shape.Count)];
        var empty = mask.Length;
        for (var c = 0; c < image.Channels; c++)
        {
            var channel = image.Channel(c);
            for (var i = 0; i < mask.Length; i++)
            {
                if (channel[i] != 0 && !mask[i])
                {
                    mask[i] = true;
                    empty--;
                }
            }
        }

        if (empty > 0)
        {
            FillHoles(mask, image.Shape);
        }

        return mask;
    }

    /// <summary>Everything that background at the border cannot reach through faces (SciPy's <c>binary_fill_holes</c>).</summary>
    private static void FillHoles(bool[] mask, Shape3 shape)
    {
        var reached = new bool[mask.Length];
        var open = new Stack<int>();
        var plane = shape.Y * shape.X;
        for (var z = 0; z < shape.Z; z++)
        {
            for (var y = 0; y < shape.Y; y++)
            {
                var inner = z > 0 && z < shape.Z - 1 && y > 0 && y < shape.Y - 1;
                for (var x = 0; x < shape.X; x += inner ? Math.Max(1, shape.X - 1) : 1)
                {
                    Reach(shape.Offset(z, y, x));
                }
            }
        }

        while (open.TryPop(out var at))
        {
            var z = at / plane;
            var y = at % plane / shape.X;
            var x = at % shape.X;
            ReachIf(z > 0, at - plane);
            ReachIf(z < shape.Z - 1, at + plane);
            ReachIf(y > 0, at - shape.X);
            ReachIf(y < shape.Y - 1, at + shape.X);
            ReachIf(x > 0, at - 1);
            ReachIf(x < shape.X - 1, at + 1);
        }

        for (var i = 0; i < mask.Length; i++)
        {
            mask[i] = !reached[i];
        }

        void ReachIf(bool exists, int at)
        {
            if (exists)
            {
                Reach(at);
            }
        }

        void Reach(int at)
        {
            if (!mask[at] && !reached[at])
            {
                reached[at] = true;
                open.Push(at);
            }
        }
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
