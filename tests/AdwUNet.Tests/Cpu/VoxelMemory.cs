using AdwUNet.Cpu;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Cpu;

/// <summary>Tensors [N, C, z, y, x] as kernels keep them, [N, z, y, x, C], and back.</summary>
internal static unsafe class VoxelMemory
{
    /// <summary>What is left of numbers that are kept in <typeparamref name="T"/>.</summary>
    public static Tensor Rounded<T>(Tensor values)
        where T : struct, IElement => typeof(T) == typeof(BFloat16Element) ? values.to(bfloat16).to(float32) : values;

    public static NativeBuffer Write<T>(Tensor values)
        where T : struct, IElement
    {
        var numbers = values.to(float32).permute(0, 2, 3, 4, 1).contiguous().data<float>().ToArray();
        var buffer = new NativeBuffer(numbers.Length * T.Size);
        for (var i = 0; i < numbers.Length; i++)
        {
            T.Store(buffer.Data + (i * T.Size), numbers[i]);
        }

        return buffer;
    }

    public static Tensor Read(NativeBuffer buffer, bool single, params long[] shape)
    {
        var (n, c, z, y, x) = (shape[0], shape[1], shape[2], shape[3], shape[4]);
        var numbers = new float[n * c * z * y * x];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = single ? ((float*)buffer.Data)[i] : BitConverter.UInt32BitsToSingle((uint)((ushort*)buffer.Data)[i] << 16);
        }

        return tensor(numbers, [n, z, y, x, c]).permute(0, 4, 1, 2, 3);
    }
}
