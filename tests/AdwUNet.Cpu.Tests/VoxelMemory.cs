using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Cpu.Tests;

/// <summary>Values in a storage format; tensors [N, C, z, y, x] as the kernels store them, [N, z, y, x, C].</summary>
internal static unsafe class VoxelMemory
{
    /// <summary>Rounds values to a storage format.</summary>
    public static Tensor Rounded<T>(Tensor values)
        where T : struct, IStorageFormat => typeof(T) == typeof(BFloat16Format) ? values.to(bfloat16).to(float32) : values;

    /// <summary>Stores a tensor channels-last.</summary>
    public static NativeBuffer Write<T>(Tensor values)
        where T : struct, IStorageFormat => Write<T>(values.to(float32).permute(0, 2, 3, 4, 1).contiguous().data<float>().ToArray());

    /// <summary>Stores values one after the other.</summary>
    public static NativeBuffer Write<T>(float[] values)
        where T : struct, IStorageFormat
    {
        var buffer = new NativeBuffer(values.Length * T.Size);
        for (var i = 0; i < values.Length; i++)
        {
            T.Store(buffer.Data + (i * T.Size), values[i]);
        }

        return buffer;
    }

    /// <summary>Loads a tensor of the given shape [N, C, z, y, x].</summary>
    public static Tensor Read(NativeBuffer buffer, bool single, params long[] shape)
    {
        var (n, c, z, y, x) = (shape[0], shape[1], shape[2], shape[3], shape[4]);
        var values = Read(buffer.Data, single, (int)(n * c * z * y * x));
        return tensor(values, [n, z, y, x, c]).permute(0, 4, 1, 2, 3);
    }

    /// <summary>Loads values.</summary>
    /// <param name="place">Address of the first value.</param>
    /// <param name="single">Whether they are float32; otherwise bfloat16.</param>
    /// <param name="count">Number of values.</param>
    public static float[] Read(byte* place, bool single, int count) =>
        [.. Enumerable.Range(0, count).Select(i => single ? ((float*)place)[i] : BitConverter.UInt32BitsToSingle((uint)((ushort*)place)[i] << 16))];

    /// <summary>Loads values in a storage format.</summary>
    public static float[] Read<T>(byte* place, int count)
        where T : struct, IStorageFormat => Read(place, T.Size == sizeof(float), count);
}
