namespace AdwUNet.Cpu.Tests;

/// <summary>The weighted sum and the backward pass of a block's units against loops in double precision.</summary>
public sealed unsafe class ElementwiseKernelsTests : IDisposable
{
    private const int Samples = 2;
    private const float BlockWeight = 0.75f;

    // Relative to the largest value: a few operations in float32, or half a unit in the last of 8 bits when stored in bfloat16.
    private const double SingleTolerance = 1e-6;
    private const double BFloat16Tolerance = 4e-3;

    // Sums of tens of thousands of float32 terms of both signs, relative to the sum of their magnitudes.
    private const double SumTolerance = 1e-5;

    private readonly BufferPool _pool = new();

    // Below and above a vector, whose period is a vector or many; one voxel; several chunks.
    public static TheoryData<int, int> Sizes => new() { { 1, 1 }, { 1, 37 }, { 3, 11 }, { 16, 5 }, { 17, 3 }, { 24, 7 }, { 24, 3001 }, { 1, 70_000 } };

    public void Dispose() => _pool.Dispose();

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Float32_passes_equal_their_definition(int channels, int voxels)
    {
        Assert.SkipUnless(CpuFeatures.Kernels, "the kernels need AVX-512 or AVX2 on Linux");
        Check<Float32Format>(channels, voxels, SingleTolerance);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void BFloat16_passes_equal_their_definition(int channels, int voxels)
    {
        Assert.SkipUnless(Avx512FactAttribute.IsSupported, "loops over bfloat16 values need AVX-512 on Linux");
        Check<BFloat16Format>(channels, voxels, BFloat16Tolerance);
    }

    private void Check<T>(int channels, int voxels, double tolerance)
        where T : struct, IStorageFormat
    {
        var unit = new UnitOperands<T>(channels, voxels);
        CheckWeightedSum(unit, tolerance);

        // A unit's output is read by the block's sum, by the next unit, or by both.
        foreach (var (hasBlock, hasNext, needsOutputs) in new[] { (true, true, true), (true, false, false), (false, true, false), (false, true, true) })
        {
            CheckBackward(unit, hasBlock, hasNext, needsOutputs, tolerance);
        }

        unit.Dispose();
    }

    private static void CheckWeightedSum<T>(UnitOperands<T> unit, double tolerance)
        where T : struct, IStorageFormat
    {
        var (first, second) = (unit.Affine(1), unit.Affine(2));
        using var target = unit.Guarded();
        ElementwiseKernels<T>.WeightedSum([unit.Y.Address, unit.Next.Address], [first, second], Samples, unit.PerSample, target.Data);
        var expected = unit.Each((n, c, i) => Activated(unit.Y.Values[i], first, n, c) + Activated(unit.Next.Values[i], second, n, c));
        Near(expected, VoxelMemory.Read<T>(target.Data, expected.Length), tolerance, "weighted sum");
        unit.CheckGuard(target);
    }

    private void CheckBackward<T>(UnitOperands<T> unit, bool hasBlock, bool hasNext, bool needsOutputs, double tolerance)
        where T : struct, IStorageFormat
    {
        var sums = new ChannelSums(Samples, unit.Channels);
        _ = unit.Each((n, c, i) =>
        {
            sums.Add(n, c, unit.Y.Values[i], (double)unit.Y.Values[i] * unit.Y.Values[i]);
            return 0;
        });
        var norm = new MaskedInstanceNorm(
            Samples, unit.PerSample / unit.Channels, sums, unit.PerChannel(3), unit.PerChannel(4), unit.PerChannel(5, positive: true), maskAfterActivation: false);
        var factors = new ChannelFactors(Samples, unit.Channels, rows: 6);
        for (var n = 0; n < Samples; n++)
        {
            for (var c = 0; c < unit.Channels; c++)
            {
                double[] values = [norm.Affine(n, c).Scale, norm.Affine(n, c).Shift, norm.Mean(n, c), 0.5 - c, 0.25 + n, c - 2];
                for (var row = 0; row < values.Length; row++)
                {
                    factors.Set(n, row, c, values[row]);
                }
            }
        }

        var arguments = new ElementwiseKernels<T>.BackwardArguments
        {
            Output = (byte*)unit.Y.Address,
            ValuesPerSample = unit.PerSample,
            Norm = norm,
            Factors = factors,
            BlockGradient = hasBlock ? (byte*)unit.Block.Address : null,
            BlockWeight = BlockWeight,
            NextGradient = hasNext ? (byte*)unit.Next.Address : null,
            NeedsOutputs = needsOutputs,
        };

        // The definition, on the factors as they are stored.
        double Factor(int n, int row, int c) => factors.Row(n, row)[c];
        double Block(int i) => hasBlock ? unit.Block.Values[i] : 0;
        double G(int i) => (Block(i) * BlockWeight) + (hasNext ? unit.Next.Values[i] : 0);
        double U(int n, int c, int i) => (unit.Y.Values[i] * Factor(n, 0, c)) + Factor(n, 1, c);
        double Slope(int n, int c, int i) => U(n, c, i) > 0 ? 1 : ChannelAffine.NegativeSlope;
        Func<int, int, int, double>[] terms =
        [
            (n, c, i) => G(i) * Slope(n, c, i),
            (n, c, i) => G(i) * Slope(n, c, i) * (unit.Y.Values[i] - Factor(n, 2, c)),
            (n, c, i) => G(i) * U(n, c, i) * Slope(n, c, i),
            (n, c, i) => Block(i) * U(n, c, i) * Slope(n, c, i),
        ];
        var actualSums = ElementwiseKernels<T>.ReduceBackward(arguments, _pool);
        for (var kind = 0; kind < (needsOutputs ? 4 : 2); kind++)
        {
            var (expected, magnitude) = (new double[Samples, unit.Channels], new double[Samples, unit.Channels]);
            _ = unit.Each((n, c, i) =>
            {
                var term = terms[kind](n, c, i);
                (expected[n, c], magnitude[n, c]) = (expected[n, c] + term, magnitude[n, c] + Math.Abs(term));
                return 0;
            });
            for (var n = 0; n < Samples; n++)
            {
                for (var c = 0; c < unit.Channels; c++)
                {
                    var s = actualSums[n, c];
                    var actual = kind switch { 0 => s.Gradient, 1 => s.GradientTimesDeviation, 2 => s.MaskedOutput, _ => s.BlockOutput };
                    Assert.True(Math.Abs(actual - expected[n, c]) <= SumTolerance * magnitude[n, c], $"sum {kind} of channel {c} is {actual}, not {expected[n, c]}");
                }
            }
        }

        using var target = unit.Guarded();
        ElementwiseKernels<T>.ApplyBackward(arguments, target.Data);
        var gradient = unit.Each((n, c, i) => (G(i) * Slope(n, c, i) * Factor(n, 3, c)) + (unit.Y.Values[i] * Factor(n, 4, c)) + Factor(n, 5, c));
        Near(gradient, VoxelMemory.Read<T>(target.Data, gradient.Length), tolerance, "gradient");
        unit.CheckGuard(target);
    }

    private static double Activated(double value, ChannelAffine affine, int n, int c)
    {
        var u = (value * affine.Scale(n)[c]) + affine.Shift(n)[c];
        return u > 0 ? u : u * ChannelAffine.NegativeSlope;
    }

    private static void Near(double[] expected, float[] actual, double tolerance, string what)
    {
        var error = expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max() / expected.Max(Math.Abs);
        Assert.True(error <= tolerance, $"the {what} differs by {error:0.0e0} of the largest value");
    }

    /// <summary>Arrays [N, voxels, channels]. Behind the operands is NaN, which must not reach a result; the memory behind a result must not change.</summary>
    private sealed class UnitOperands<T> : IDisposable
        where T : struct, IStorageFormat
    {
        private const int Tail = 32;
        private const float Guard = -77;

        public UnitOperands(int channels, int voxels)
        {
            (Channels, PerSample) = (channels, (long)voxels * channels);
            (Y, Block, Next) = (Operand(6), Operand(7), Operand(8));
        }

        public int Channels { get; }

        public long PerSample { get; }

        public (float[] Values, NativeBuffer Memory, nint Address) Y { get; }

        public (float[] Values, NativeBuffer Memory, nint Address) Block { get; }

        public (float[] Values, NativeBuffer Memory, nint Address) Next { get; }

        public float[] PerChannel(int seed, bool positive = false) =>
            Array.ConvertAll(RandomValues.Normal<Float32Format>(seed, Channels), value => positive ? Math.Abs(value) + 0.1f : value);

        public ChannelAffine Affine(int seed)
        {
            var affine = new ChannelAffine(Samples, Channels);
            var values = RandomValues.Normal<Float32Format>(seed, 2 * Samples * Channels);
            for (var i = 0; i < values.Length; i++)
            {
                affine.Set(i / (2 * Channels), i / Channels % 2, i % Channels, values[i]);
            }

            return affine;
        }

        public double[] Each(Func<int, int, int, double> value) =>
            [.. Enumerable.Range(0, (int)(Samples * PerSample)).Select(i => value((int)(i / PerSample), i % Channels, i))];

        public NativeBuffer Guarded() => VoxelMemory.Write<T>([.. Enumerable.Repeat(Guard, (int)(Samples * PerSample) + Tail)]);

        public void CheckGuard(NativeBuffer target) =>
            Assert.All(VoxelMemory.Read<T>(target.Data + (Samples * PerSample * T.Size), Tail), value => Assert.Equal(Guard, value));

        public void Dispose()
        {
            foreach (var (_, memory, _) in new[] { Y, Block, Next })
            {
                memory.Dispose();
            }
        }

        private (float[] Values, NativeBuffer Memory, nint Address) Operand(int seed)
        {
            var values = RandomValues.Normal<T>(seed, (int)(Samples * PerSample));
            var memory = VoxelMemory.Write<T>([.. values, .. Enumerable.Repeat(float.NaN, Tail)]);
            return (values, memory, (nint)memory.Data);
        }
    }
}
