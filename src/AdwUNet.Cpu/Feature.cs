using AdwUNet.Imaging;

namespace AdwUNet.Cpu;

/// <summary>What passes between layers of a <see cref="CpuPass{T}"/>, [N, z, y, x, channels], and its gradient on the way back.</summary>
internal sealed class Feature(Shape3 grid, int channels, NativeBuffer values)
{
    private NativeBuffer? _values = values;

    public Shape3 Grid { get; } = grid;

    public int Channels { get; } = channels;

    /// <summary>Its numbers, until they are released.</summary>
    public NativeBuffer Values => _values ?? throw new InvalidOperationException("A feature was read after its memory had been given back.");

    /// <summary>Null until a layer that read the values has been gone back through.</summary>
    public NativeBuffer? Gradient { get; set; }

    /// <summary>Gives the memory of the values back, when all layers that read them have been gone back through.</summary>
    public void ReleaseValues(BufferPool pool)
    {
        if (_values is not null)
        {
            pool.Return(_values);
            _values = null;
        }
    }

    /// <summary>Gives all its memory back.</summary>
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
