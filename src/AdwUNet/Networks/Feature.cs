using AdwUNet.Cpu;
using AdwUNet.Imaging;

namespace AdwUNet.Networks;

/// <summary>What passes between layers of a <see cref="CpuPass{T}"/>, [N, z, y, x, channels], and its gradient on the way back.</summary>
internal sealed class Feature(Shape3 grid, int channels, NativeBuffer values)
{
    public Shape3 Grid { get; } = grid;

    public int Channels { get; } = channels;

    public NativeBuffer Values { get; } = values;

    /// <summary>Null until a layer that read the values has been gone back through.</summary>
    public NativeBuffer? Gradient { get; set; }

    /// <summary>Gives its memory back.</summary>
    public void Release(BufferPool pool)
    {
        pool.Return(Values);
        if (Gradient is not null)
        {
            pool.Return(Gradient);
        }
    }
}
