using System.Runtime.InteropServices;
using CsCheck;

namespace AdwUNet.Cpu.Tests;

/// <summary>The generated matrix product against its definition, C[m, n] = Σ A[m, e, k] · B[e, k, n], exactly: on small integers.</summary>
public sealed unsafe class TileKernelTests
{
    private const int Lanes = 16;
    private const float Guard = -77;

    private static readonly Gen<(int Rows, int Vectors, int LastColumns, int Steps, int Segments, bool Add, bool Rounded, bool Statistics)> Shapes =
        Gen.Select(Gen.Int[1, TileKernel.MaxVectors], Gen.Int[1, 16], Gen.Int[1, 40], Gen.Int[1, 5], Gen.Bool, Gen.Bool, Gen.Bool).SelectMany(shape =>
            Gen.Int[1, TileKernel.MaxRows(shape.Item1)].Select(rows => (rows, shape.Item1, shape.Item2, shape.Item3, shape.Item4, shape.Item5, shape.Item6, shape.Item7)));

    [KernelFact]
    public void Float32_kernels_equal_the_matrix_product() => Shapes.Sample(
        (rows, vectors, lastColumns, steps, segments, add, _, statistics) =>
            Check<Float32Format>(rows, vectors, lastColumns, steps, segments, add ? Epilogue.AccumulateFloat32 : Epilogue.StoreFloat32, statistics),
        iter: 60, threads: 1);

    [BFloat16Fact]
    public void BFloat16_kernels_equal_the_matrix_product() => Shapes.Sample(
        (rows, vectors, lastColumns, steps, segments, add, rounded, statistics) => Check<BFloat16Format>(
            rows,
            vectors,
            lastColumns,
            steps,
            segments,
            rounded ? (add ? Epilogue.AccumulateBFloat16 : Epilogue.StoreBFloat16) : (add ? Epilogue.AccumulateFloat32 : Epilogue.StoreFloat32),
            statistics),
        iter: 60, threads: 1);

    [KernelFact]
    public void Equal_shapes_share_one_kernel()
    {
        TileShape Shape(int steps) => new()
        {
            BFloat16 = false,
            RowOffsetsA = [0],
            RowOffsetsC = [0],
            StepBytesA = sizeof(float),
            Steps = steps,
            Vectors = 1,
            Epilogue = Epilogue.StoreFloat32,
        };

        Assert.Same(TileKernel.Of(Shape(3)), TileKernel.Of(Shape(3)));
        Assert.NotSame(TileKernel.Of(Shape(3)), TileKernel.Of(Shape(4)));
    }

    private static void Check<T>(int rows, int vectors, int lastColumns, int steps, int segments, Epilogue epilogue, bool statistics)
        where T : struct, IStorageFormat
    {
        // Segments lie in A with a gap between them and in B in reverse order.
        var k = steps * T.PerStep;
        var columns = (Lanes * (vectors - 1)) + lastColumns;
        var (segmentA, rowA) = (k + 6, segments * (k + 6));
        var rowC = (Lanes * vectors) + 5;
        var (a, b) = (RandomValues.Integers(1, rows * rowA), RandomValues.Integers(2, segments * k * Lanes * vectors));
        using var memoryA = VoxelMemory.Write<T>(a);
        using var memoryB = VoxelMemory.Write<T>(b);
        var single = epilogue is Epilogue.StoreFloat32 or Epilogue.AccumulateFloat32;
        var before = Enumerable.Repeat(Guard, rows * rowC).ToArray();
        using var memoryC = single ? VoxelMemory.Write<Float32Format>(before) : VoxelMemory.Write<BFloat16Format>(before);
        var kernel = TileKernel.Of(new()
        {
            BFloat16 = T.PerStep == 2,
            RowOffsetsA = [.. Enumerable.Range(0, rows).Select(m => m * rowA * T.Size)],
            RowOffsetsC = [.. Enumerable.Range(0, rows).Select(m => m * rowC * (single ? sizeof(float) : sizeof(ushort)))],
            StepBytesA = sizeof(float),
            Steps = steps,
            Vectors = vectors,
            LastColumns = lastColumns,
            Epilogue = epilogue,
            Statistics = statistics,
        });
        var places = Enumerable.Range(0, segments).Select(e => new TileKernel.Segment
        {
            A = e * segmentA * T.Size,
            B = (segments - 1 - e) * k * Lanes * vectors * T.Size,
        }).ToArray();
        var sums = Enumerable.Repeat(1f, 2 * Lanes * vectors).ToArray();
        fixed (TileKernel.Segment* first = places)
        fixed (float* firstSum = sums)
        {
            var arguments = new TileKernel.Arguments
            {
                A = memoryA.Data,
                B = memoryB.Data,
                C = memoryC.Data,
                Sums = firstSum,
                Segments = first,
                SegmentCount = segments,
            };
            kernel.Run(&arguments);
        }

        // Panels have the values of a step for each column next to each other.
        double Product(int m, int n) => (from e in Enumerable.Range(0, segments)
                                         from i in Enumerable.Range(0, k)
                                         let panel = ((((segments - 1 - e) * steps) + (i / T.PerStep)) * Lanes * vectors) + n
                                         select (double)a[(m * rowA) + (e * segmentA) + i] * b[(panel * T.PerStep) + (i % T.PerStep)]).Sum();
        var add = epilogue is Epilogue.AccumulateFloat32 or Epilogue.AccumulateBFloat16;
        var actual = VoxelMemory.Read(memoryC.Data, single, before.Length);
        for (var m = 0; m < rows; m++)
        {
            for (var n = 0; n < rowC; n++)
            {
                var expected = n >= columns ? Guard : (float)(Product(m, n) + (add ? Guard : 0));
                Assert.Equal(single ? expected : RandomValues.Rounded<BFloat16Format>(expected), actual[(m * rowC) + n]);
            }
        }

        for (var n = 0; n < columns; n++)
        {
            var products = Enumerable.Range(0, rows).Select(m => Product(m, n)).ToArray();
            Assert.Equal(1 + (statistics ? products.Sum() : 0), sums[n]);
            Assert.Equal(1 + (statistics ? products.Sum(product => product * product) : 0), sums[(Lanes * vectors) + n]);
        }
    }
}
