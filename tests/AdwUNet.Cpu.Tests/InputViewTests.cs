using AdwUNet.Imaging;

namespace AdwUNet.Cpu.Tests;

/// <summary>Zero-padded rows of one tensor, of an activated tensor and of two concatenated tensors.</summary>
public sealed unsafe class InputViewTests
{
    private const int Samples = 2;
    private const float Guard = -77;
    private static readonly Shape3 Shape = new(2, 3, 5);

    [KernelFact]
    public void Float32_rows_are_zero_padded() => Check<Float32Format>(channels: 5, second: 0, activated: false);

    [KernelFact]
    public void BFloat16_rows_are_zero_padded() => Check<BFloat16Format>(channels: 18, second: 0, activated: false);

    [KernelFact]
    public void Float32_rows_concatenate_two_tensors() => Check<Float32Format>(channels: 5, second: 17, activated: false);

    [KernelFact]
    public void BFloat16_rows_concatenate_two_tensors() => Check<BFloat16Format>(channels: 3, second: 1, activated: false);

    [KernelFact]
    public void Float32_rows_are_activated_but_their_padding_is_zero() => Check<Float32Format>(channels: 6, second: 0, activated: true);

    [Avx512Fact]
    public void BFloat16_rows_are_activated_but_their_padding_is_zero() => Check<BFloat16Format>(channels: 24, second: 0, activated: true);

    private static void Check<T>(int channels, int second, bool activated)
        where T : struct, IStorageFormat
    {
        var voxels = (int)(Samples * Shape.Count);
        var (a, b) = (RandomValues.Integers(1, voxels * channels), RandomValues.Integers(2, voxels * second));
        using var memoryA = VoxelMemory.Write<T>(a);
        using var memoryB = VoxelMemory.Write<T>(b);
        var affine = new ChannelAffine(Samples, channels);
        foreach (var (n, c) in from n in Enumerable.Range(0, Samples) from c in Enumerable.Range(0, channels) select (n, c))
        {
            affine.Set(n, 0, c, c + 1);
            affine.Set(n, 1, c, n - c);
        }

        var view = second > 0
            ? new InputView<T>(Shape, memoryA.Data, channels, memoryB.Data, second)
            : new InputView<T>(Shape, memoryA.Data, channels, activated ? affine : null);
        Assert.Equal(channels + second, view.Channels);
        foreach (var (n, z, y, before, count) in from n in Enumerable.Range(0, Samples)
                                                 from z in Enumerable.Range(-1, Shape.Z + 2)
                                                 from y in Enumerable.Range(-1, Shape.Y + 2)
                                                 from row in new[] { (0, Shape.X), (1, Shape.X + 2), (2, Shape.X), (0, 3), (3, 20) }
                                                 select (n, z, y, row.Item1, row.Item2))
        {
            // The padding and 16 values behind the end may be overwritten, nothing else.
            var length = count * view.Channels;
            using var target = VoxelMemory.Write<T>([.. Enumerable.Repeat(Guard, length + 48)]);
            view.CopyRow(n, z, y, before, count, target.Data);
            var actual = VoxelMemory.Read<T>(target.Data, length + 48);
            for (var i = 0; i < length; i++)
            {
                var (x, c) = ((i / view.Channels) - before, i % view.Channels);
                var isInside = x >= 0 && x < Shape.X && z >= 0 && z < Shape.Z && y >= 0 && y < Shape.Y;
                var voxel = ((((n * Shape.Z) + z) * Shape.Y) + y) * Shape.X + x;
                var expected = !isInside ? 0 : c >= channels ? b[(voxel * second) + c - channels] : a[(voxel * channels) + c];
                if (isInside && activated)
                {
                    var u = (expected * (c + 1)) + n - c;
                    expected = RandomValues.Rounded<T>(u > 0 ? u : u * ChannelAffine.NegativeSlope);
                }

                Assert.Equal(expected, actual[i]);
            }

            Assert.All(actual[(length + 16)..], value => Assert.Equal(Guard, value));
        }
    }
}
