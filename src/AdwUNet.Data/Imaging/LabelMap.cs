namespace AdwUNet.Imaging;

/// <summary>
/// One class index per voxel: 0 is background; −1 marks voxels outside the non-zero region of the image, as nnU-Net v1 does
/// between cropping and sampling.
/// </summary>
public sealed class LabelMap
{
    /// <summary>Wraps an array without copying it.</summary>
    /// <param name="data">Class indices in the order (z, y, x), x fastest.</param>
    /// <param name="shape">Voxels.</param>
    /// <param name="spacing">Millimetres between voxels.</param>
    /// <exception cref="ArgumentException">The array's length does not fit the shape.</exception>
    public LabelMap(short[] data, Shape3 shape, Spacing3 spacing)
    {
        if (data.LongLength != shape.Count)
        {
            throw new ArgumentException($"An array of {data.LongLength} labels cannot hold {shape}.", nameof(data));
        }

        Data = data;
        Shape = shape;
        Spacing = spacing;
    }

    /// <summary>Class indices in the order (z, y, x), x fastest.</summary>
    public short[] Data { get; }

    /// <summary>Voxels.</summary>
    public Shape3 Shape { get; }

    /// <summary>Millimetres between voxels.</summary>
    public Spacing3 Spacing { get; }

    /// <summary>One voxel.</summary>
    public short this[int z, int y, int x] => Data[Shape.Offset(z, y, x)];
}
