namespace AdwUNet.Imaging;

/// <summary>A box of voxels in the order (z, y, x).</summary>
/// <param name="Start">Its first voxel.</param>
/// <param name="Size">Its size in voxels.</param>
public readonly record struct BoundingBox(Shape3 Start, Shape3 Size)
{
    /// <summary>Copies the box out of a volume.</summary>
    /// <param name="data">The volume in the order (z, y, x).</param>
    /// <param name="shape">The volume's shape.</param>
    /// <param name="target">As many values as the box has voxels.</param>
    internal void Extract<T>(ReadOnlySpan<T> data, Shape3 shape, Span<T> target)
    {
        for (var z = 0; z < Size.Z; z++)
        {
            for (var y = 0; y < Size.Y; y++)
            {
                data.Slice(shape.Offset(Start.Z + z, Start.Y + y, Start.X), Size.X).CopyTo(target[Size.Offset(z, y, 0)..]);
            }
        }
    }

    /// <summary>Copies values of the box's size into a volume.</summary>
    /// <param name="box">As many values as the box has voxels.</param>
    /// <param name="target">The volume in the order (z, y, x).</param>
    /// <param name="shape">The volume's shape.</param>
    internal void Insert<T>(ReadOnlySpan<T> box, Span<T> target, Shape3 shape)
    {
        for (var z = 0; z < Size.Z; z++)
        {
            for (var y = 0; y < Size.Y; y++)
            {
                box.Slice(Size.Offset(z, y, 0), Size.X).CopyTo(target[shape.Offset(Start.Z + z, Start.Y + y, Start.X)..]);
            }
        }
    }
}
