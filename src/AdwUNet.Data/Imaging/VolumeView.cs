namespace AdwUNet.Imaging;

/// <summary>A box of a volume without copying it: rows of neighbouring values, a fixed distance apart.</summary>
internal readonly struct VolumeView<T>
    where T : unmanaged
{
    private readonly ReadOnlyMemory<T> _data;
    private readonly Shape3 _full;
    private readonly Shape3 _start;

    /// <summary>Looks at a box of a volume.</summary>
    /// <param name="data">The volume in the order (z, y, x).</param>
    /// <param name="full">The volume's shape.</param>
    /// <param name="box">The part to look at; the whole volume when null.</param>
    public VolumeView(ReadOnlyMemory<T> data, Shape3 full, BoundingBox? box = null) =>
        (_data, _full, _start, Shape) = (data, full, box?.Start ?? default, box?.Size ?? full);

    /// <summary>Size of the box.</summary>
    public Shape3 Shape { get; }

    /// <summary>Values from one row to the next.</summary>
    public int RowStride => _full.X;

    /// <summary>Values from one slice to the next.</summary>
    public int PlaneStride => _full.Y * _full.X;

    /// <summary>The values from the start of a row on; also those beyond the box, which lie between its rows.</summary>
    public ReadOnlySpan<T> From(int z, int y) => _data.Span[_full.Offset(_start.Z + z, _start.Y + y, _start.X)..];

    /// <summary>One row.</summary>
    public ReadOnlySpan<T> Row(int z, int y) => From(z, y)[..Shape.X];

    /// <summary>Copies the box.</summary>
    public void CopyTo(Span<T> target)
    {
        for (var z = 0; z < Shape.Z; z++)
        {
            for (var y = 0; y < Shape.Y; y++)
            {
                Row(z, y).CopyTo(target[Shape.Offset(z, y, 0)..]);
            }
        }
    }
}
