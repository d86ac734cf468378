using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AdwUNet.Imaging;

namespace AdwUNet.Cpu;

/// <summary>
/// A channels-last tensor [N, z, y, x, channels] that a convolution reads row by row. It is one array, to which LeakyReLU(scale · value + shift) can
/// be applied on the fly, or two arrays concatenated along the channels, as at a skip connection.
/// </summary>
internal sealed unsafe class InputView<T>
    where T : struct, IStorageFormat
{
    private readonly Shape3 _shape;
    private readonly byte* _first;
    private readonly int _firstChannels;
    private readonly byte* _second;
    private readonly int _secondChannels;
    private readonly ChannelAffine? _affine;

    /// <summary>Views one array.</summary>
    public InputView(Shape3 shape, byte* voxels, int channels, ChannelAffine? affine = null)
    {
        (_shape, _firstChannels, _affine) = (shape, channels, affine);
        _first = voxels;
    }

    /// <summary>Views two arrays, concatenated along the channels.</summary>
    public InputView(Shape3 shape, byte* first, int firstChannels, byte* second, int secondChannels)
        : this(shape, first, firstChannels)
    {
        _secondChannels = secondChannels;
        _second = second;
    }

    /// <summary>Channels of a voxel.</summary>
    public int Channels => _firstChannels + _secondChannels;

    /// <summary>Copies a zero-padded row. Up to 16 values behind its end may be overwritten.</summary>
    /// <param name="sample">Index of the sample.</param>
    /// <param name="z">Plane; rows outside of the tensor are zero.</param>
    /// <param name="y">Row; rows outside of the tensor are zero.</param>
    /// <param name="before">Zero voxels before the row.</param>
    /// <param name="voxels">Number of voxels to write, including the padding.</param>
    /// <param name="target">Destination.</param>
    public void CopyRow(int sample, int z, int y, int before, int voxels, byte* target)
    {
        var voxel = Channels * T.Size;
        if ((uint)z >= (uint)_shape.Z || (uint)y >= (uint)_shape.Y)
        {
            NativeMemory.Clear(target, (nuint)(voxels * voxel));
            return;
        }

        var count = Math.Min(_shape.X, voxels - before);
        var first = ((((long)sample * _shape.Z) + z) * _shape.Y + y) * _shape.X;
        NativeMemory.Clear(target, (nuint)(before * voxel));
        var inner = target + (before * voxel);
        if (_second is not null)
        {
            Join(inner, first, count, _second);
        }
        else if (_affine is { } affine)
        {
            Activate(inner, _first + (first * voxel), count * Channels, affine.Scale(sample), affine.Shift(sample), affine.Period);
        }
        else
        {
            NativeMemory.Copy(_first + (first * voxel), inner, (nuint)(count * voxel));
        }

        NativeMemory.Clear(inner + (count * voxel), (nuint)((voxels - before - count) * voxel));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Activate(byte* target, byte* source, int count, float* scale, float* shift, int period)
    {
        for (int i = 0, p = 0; i < count; i += 16)
        {
            T.Store(target + (i * T.Size), ChannelAffine.Activate(T.Load(source + (i * T.Size)), Vector512.Load(scale + p), Vector512.Load(shift + p)));
            p = p + 16 == period ? 0 : p + 16;
        }
    }

    // In whole vectors: what is written behind the channels of one array is overwritten by what follows, or may be overwritten.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Join(byte* target, long voxel, int count, byte* second)
    {
        var (firstBytes, secondBytes) = (_firstChannels * T.Size, _secondChannels * T.Size);
        var a = _first + (voxel * firstBytes);
        var b = second + (voxel * secondBytes);
        for (var i = 0; i < count; i++, a += firstBytes, b += secondBytes)
        {
            for (var c = 0; c < firstBytes; c += Vector256<byte>.Count)
            {
                Vector256.Load(a + c).Store(target + c);
            }

            target += firstBytes;
            for (var c = 0; c < secondBytes; c += Vector256<byte>.Count)
            {
                Vector256.Load(b + c).Store(target + c);
            }

            target += secondBytes;
        }
    }
}
