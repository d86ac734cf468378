using AdwUNet.Imaging;

namespace AdwUNet.Cpu;

/// <summary>Activations between layers of a <see cref="NetworkPass{T}"/>, [N, z, y, x, channels], and their gradient in the backward pass.</summary>
internal sealed class FeatureMap(Shape3 grid, int channels, NativeBuffer values)
{
    private NativeBuffer? _values = values;

    public Shape3 Grid { get; } = grid;

    public int Channels { get; } = channels;

    /// <summary>The values, until they are released.</summary>
    public NativeBuffer Values => _values ?? throw new InvalidOperationException("A feature map was read after its memory was released.");

    /// <summary>The gradient; null until the backward pass of a layer that read the values has written it.</summary>
    public NativeBuffer? Gradient { get; set; }

    /// <summary>Releases the memory of the values, after the backward passes of all layers that read them.</summary>
    public void ReleaseValues(BufferPool pool)
    {
        if (_values is not null)
        {
            pool.Return(_values);
            _values = null;
        }
    }

    /// <summary>Releases the memory of values and gradient.</summary>
    public void Release(BufferPool pool)
    {
        ReleaseValues(pool);
        if (Gradient is not null)
        {
            pool.Return(Gradient);
            Gradient = null;
        }
    }
}
