using AdwUNet.Imaging;

namespace AdwUNet.Cpu.Tests;

/// <summary>
/// The passes of convolutions and transposed convolutions against their definition in double precision. Operands are small integers, on which all
/// algorithms are exact in float32, so results are equal exactly, or to the rounding of what is stored in bfloat16.
/// </summary>
public sealed unsafe class ConvolutionDefinitionTests : IDisposable
{
    private readonly BufferPool _pool = new();

    public void Dispose() => _pool.Dispose();

    public static TheoryData<string> Names => [.. Shapes.Keys];

    // Direct and Winograd algorithms, one voxel, odd sizes, strides along one axis, kernels shorter than the stride, channels beside the 16 of a vector.
    private static Dictionary<string, (ConvolutionShape Shape, bool Transposed)> Shapes { get; } = new()
    {
        ["one voxel"] = (new(2, Shape3.Cube(1), 3, 5, Shape3.Cube(1), Shape3.Cube(1), default), false),
        ["3x3x3"] = (new(1, new(3, 4, 5), 3, 17, Shape3.Cube(3), Shape3.Cube(1), Shape3.Cube(1)), false),
        ["3x3x3, Winograd"] = (new(1, new(3, 5, 7), 16, 18, Shape3.Cube(3), Shape3.Cube(1), Shape3.Cube(1)), false),
        ["1x3x3, Winograd, long rows"] = (new(2, new(2, 4, 40), 18, 16, new(1, 3, 3), Shape3.Cube(1), new(0, 1, 1)), false),
        ["3x3x3, stride 2"] = (new(2, new(5, 6, 7), 4, 33, Shape3.Cube(3), Shape3.Cube(2), Shape3.Cube(1)), false),
        ["1x3x3, stride 1x2x2"] = (new(1, new(3, 6, 8), 6, 6, new(1, 3, 3), new(1, 2, 2), new(0, 1, 1)), false),
        ["1x1x1, stride 2"] = (new(1, new(4, 5, 6), 2, 7, Shape3.Cube(1), Shape3.Cube(2), default), false),
        ["transposed 2x2x2"] = (new(2, new(4, 6, 8), 5, 17, Shape3.Cube(2), Shape3.Cube(2), default), true),
        ["transposed 1x2x2"] = (new(1, new(3, 6, 8), 16, 24, new(1, 2, 2), new(1, 2, 2), default), true),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Float32_passes_equal_their_definition(string name)
    {
        Assert.SkipUnless(CpuFeatures.Kernels, "the kernels need AVX-512 or AVX2 on Linux");
        Check<Float32Format>(name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void BFloat16_passes_equal_their_definition(string name)
    {
        Assert.SkipUnless(BFloat16FactAttribute.IsSupported, "the kernels need AVX-512 on Linux, and AVX512-BF16");
        Check<BFloat16Format>(name);
    }

    [Fact]
    public void Shapes_include_both_algorithms()
    {
        ConvolutionShape[] shapes = [.. Shapes.Values.Select(one => one.Shape)];
        Assert.Contains(shapes, shape => Winograd.Supports2D(shape, Float32Format.PerStep) && Winograd.Supports2D(shape, BFloat16Format.PerStep));
        Assert.Contains(shapes, shape => !Winograd.Supports(shape, Float32Format.PerStep));
    }

    private void Check<T>(string name)
        where T : struct, IStorageFormat
    {
        var (shape, transposed) = Shapes[name];
        var definition = new ConvolutionDefinition(shape);
        var fine = RandomValues.Integers(1, (int)(shape.Batch * shape.Fine.Count * shape.FineChannels));
        var coarse = RandomValues.Integers(2, (int)(shape.Batch * shape.Coarse.Count * shape.CoarseChannels));

        // Multiples of 4, so that the filter transform, which halves twice, is exact in bfloat16.
        var weights = Array.ConvertAll(RandomValues.Integers(3, shape.CoarseChannels * shape.FineChannels * shape.Taps, most: 1), weight => 4 * weight);
        using var fineMemory = VoxelMemory.Write<T>(fine);
        using var coarseMemory = VoxelMemory.Write<T>(coarse);
        var fineView = new InputView<T>(shape.Fine, fineMemory.Data, shape.FineChannels);
        var coarseView = new InputView<T>(shape.Coarse, coarseMemory.Data, shape.CoarseChannels);
        var (input, gradient) = transposed ? (coarseView, fineView) : (fineView, coarseView);
        var (output, inputGradient) = transposed
            ? (definition.ToFine(coarse, weights), definition.ToCoarse(fine, weights))
            : (definition.ToCoarse(fine, weights), definition.ToFine(coarse, weights));
        fixed (float* place = weights)
        {
            var layer = new ConvolutionLayer<T>(shape, transposed, [input.Channels], T.StoreEpilogue, statistics: false);
            using var actualOutput = new NativeBuffer(output.Length * T.Size);
            layer.Forward(input, place, actualOutput.Data, null, _pool);
            Assert.Equal(Rounded<T>(output), VoxelMemory.Read<T>(actualOutput.Data, output.Length));

            using var actualGradient = new NativeBuffer(inputGradient.Length * T.Size);
            layer.BackwardData(gradient, place, [(nint)actualGradient.Data], add: false, _pool);
            Assert.Equal(Rounded<T>(inputGradient), VoxelMemory.Read<T>(actualGradient.Data, inputGradient.Length));

            var weightGradient = new float[weights.Length];
            fixed (float* target = weightGradient)
            {
                layer.BackwardWeights(input, gradient, target, _pool);
            }

            Assert.Equal(Array.ConvertAll(definition.ToWeights(fine, coarse), value => (float)value), weightGradient);
        }
    }

    private static float[] Rounded<T>(double[] values)
        where T : struct, IStorageFormat => Array.ConvertAll(values, value => RandomValues.Rounded<T>((float)value));
}
