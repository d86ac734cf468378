namespace AdwUNet.Imaging;

/// <summary>An image of one or more channels (modalities) in memory.</summary>
public sealed class Volume
{
    /// <summary>Wraps an array without copying it.</summary>
    /// <param name="data">Intensities in the order (channel, z, y, x), x fastest.</param>
    /// <param name="channels">Number of channels, at least 1.</param>
    /// <param name="shape">Voxels of one channel.</param>
    /// <param name="spacing">Millimetres between voxels.</param>
    /// <exception cref="ArgumentException">The array's length is not channels × shape.</exception>
    public Volume(float[] data, int channels, Shape3 shape, Spacing3 spacing)
    {
        if (data.LongLength != channels * shape.Count)
        {
            throw new ArgumentException(
                $"An array of {data.LongLength} values cannot hold {channels} channels of {shape}.", nameof(data));
        }

        Data = data;
        Channels = channels;
        Shape = shape;
        Spacing = spacing;
    }

    /// <summary>Intensities in the order (channel, z, y, x), x fastest.</summary>
    public float[] Data { get; }

    /// <summary>Number of channels (modalities).</summary>
    public int Channels { get; }

    /// <summary>Voxels of one channel.</summary>
    public Shape3 Shape { get; }

    /// <summary>Millimetres between voxels.</summary>
    public Spacing3 Spacing { get; }

    /// <summary>The voxels of one channel, in the order (z, y, x).</summary>
    public Span<float> Channel(int channel) =>
        Data.AsSpan(checked((int)(channel * Shape.Count)), checked((int)Shape.Count));

    /// <summary>One voxel.</summary>
    public float this[int channel, int z, int y, int x] => Channel(channel)[Shape.Offset(z, y, x)];
}
