using AdwUNet.Imaging;

namespace AdwUNet.Augmentation;

/// <summary>Copies boxes of a case. A box may extend beyond the border; outside, the image is 0 and the labels are −1.</summary>
internal static class PatchReader
{
    /// <summary>The label of a voxel without a known class (nnU-Net v1); it becomes background in the last step.</summary>
    public const short Outside = -1;

    /// <summary>Copies the image's box, all channels.</summary>
    public static void ReadImage(PatchLocation location, Shape3 box, Span<float> result)
    {
        var source = location.Case.Image;
        var size = location.Case.Shape;
        var from = checked((int)size.Count);
        var to = checked((int)box.Count);
        for (var channel = 0; channel < location.Case.Channels; channel++)
        {
            Copy(source.Slice(channel * from, from), size, location.Origin, result.Slice(channel * to, to), box, 0f);
        }
    }

    /// <summary>Copies the labels' box.</summary>
    public static void ReadLabels(PatchLocation location, Shape3 box, Span<short> result) =>
        Copy(location.Case.Labels, location.Case.Shape, location.Origin, result, box, Outside);

    /// <summary>Copies the box of one volume.</summary>
    public static void Copy<T>(
        ReadOnlySpan<T> source, Shape3 size, Shape3 origin, Span<T> result, Shape3 box, T outside)
    {
        result.Fill(outside);
        var (firstZ, endZ) = Overlap(origin.Z, box.Z, size.Z);
        var (firstY, endY) = Overlap(origin.Y, box.Y, size.Y);
        var (firstX, endX) = Overlap(origin.X, box.X, size.X);
        if (endX <= firstX)
        {
            return;
        }

        for (var z = firstZ; z < endZ; z++)
        {
            for (var y = firstY; y < endY; y++)
            {
                source.Slice(size.Offset(origin.Z + z, origin.Y + y, origin.X + firstX), endX - firstX)
                    .CopyTo(result[box.Offset(z, y, firstX)..]);
            }
        }
    }

    /// <summary>The indices of a box that lie inside the volume, the end exclusive.</summary>
    private static (int First, int End) Overlap(int origin, int box, int size) =>
        (Math.Max(0, -origin), Math.Min(box, size - origin));
}
