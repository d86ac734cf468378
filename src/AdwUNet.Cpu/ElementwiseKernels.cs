using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AdwUNet.Cpu;

/// <summary>
/// The elementwise kernels between convolutions: the weighted sum of a block's activated outputs, and the backward pass through activation and norm.
/// </summary>
internal static unsafe class ElementwiseKernels<T>
    where T : struct, IStorageFormat
{
    private const int ChunkValues = 1 << 15;

    /// <summary>
    /// Computes the sum over the arrays k of LeakyReLU(scale_k · y_k + shift_k). The weights of the sum are at least 0 and are part of scale and
    /// shift.
    /// </summary>
    public static void WeightedSum(nint[] outputs, ChannelAffine[] affines, int samples, long valuesPerSample, byte* target) =>
        Chunks(samples, valuesPerSample, affines[0].Period, (sample, first, count, _) =>
        {
            var period = affines[0].Period;
            var last = first + count;
            var p = 0;
            for (var i = first; i < last; i += 16)
            {
                var sum = Vector512<float>.Zero;
                var place = ((sample * valuesPerSample) + i) * T.Size;
                for (var k = 0; k < outputs.Length; k++)
                {
                    var scale = affines[k].Scale(sample) + p;
                    sum += ChannelAffine.Activate(T.Load((byte*)outputs[k] + place), Vector512.Load(scale), Vector512.Load(scale + period));
                }

                Store(target + place, sum, last - i);
                p = p + 16 == period ? 0 : p + 16;
            }
        });

    /// <summary>The sums that the gradients of norm and mask need, for each sample and channel.</summary>
    public static GradientSums[,] ReduceBackward(in BackwardArguments pass, BufferPool pool)
    {
        var unit = pass;
        var (period, channels, samples) = (unit.Factors.Period, unit.Norm.Channels, unit.Norm.Samples);
        var chunks = ChunksOf(unit.ValuesPerSample, period);
        var parts = pool.Rent(4L * samples * chunks * period * sizeof(float));
        Chunks(samples, unit.ValuesPerSample, period, (sample, first, count, chunk) =>
            ReduceChunk(unit, sample, first, count, (float*)parts.Data + (4L * ((sample * chunks) + chunk) * period)));
        var sums = new GradientSums[samples, channels];
        for (var n = 0; n < samples; n++)
        {
            for (var c = 0; c < channels; c++)
            {
                sums[n, c] = Collect((float*)parts.Data + (4L * n * chunks * period), chunks, period, c, channels);
            }
        }

        pool.Return(parts);
        return sums;
    }

    /// <summary>Computes the gradient with respect to the output of the convolution.</summary>
    public static void ApplyBackward(in BackwardArguments pass, byte* target)
    {
        var unit = pass;
        Chunks(unit.Norm.Samples, unit.ValuesPerSample, unit.Factors.Period, (sample, first, count, _) => ApplyChunk(unit, sample, first, count, target));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ReduceChunk(in BackwardArguments unit, int sample, long first, long count, float* sums)
    {
        var (factors, period, last) = (unit.Factors, unit.Factors.Period, first + count);
        var scales = factors.Row(sample, 0);
        var shifts = factors.Row(sample, 1);
        var means = factors.Row(sample, 2);
        var slope = Vector512.Create(ChannelAffine.NegativeSlope);
        new Span<float>(sums, 4 * period).Clear();
        var p = 0;
        for (var i = first; i < last; i += 16)
        {
            var place = ((sample * unit.ValuesPerSample) + i) * T.Size;
            var y = T.Load(unit.Output + place);
            var block = unit.BlockGradient is null ? Vector512<float>.Zero : T.Load(unit.BlockGradient + place);
            var g = block * unit.BlockWeight;
            if (unit.NextGradient is not null)
            {
                g += T.Load(unit.NextGradient + place);
            }

            if (last - i < 16)
            {
                // Values behind the end are arbitrary; NaN times 0 is NaN.
                (y, g, block) = (ZeroTail(y, last - i), ZeroTail(g, last - i), ZeroTail(block, last - i));
            }

            var u = Vector512.FusedMultiplyAdd(y, Vector512.Load(scales + p), Vector512.Load(shifts + p));
            var positive = Vector512.GreaterThan(u, Vector512<float>.Zero);
            var inner = Vector512.ConditionalSelect(positive, g, g * slope);
            var sum = sums + p;
            (Vector512.Load(sum) + inner).Store(sum);
            sum += period;
            Vector512.FusedMultiplyAdd(inner, y - Vector512.Load(means + p), Vector512.Load(sum)).Store(sum);
            if (unit.NeedsOutputs)
            {
                var z = Vector512.ConditionalSelect(positive, u, u * slope);
                sum += period;
                Vector512.FusedMultiplyAdd(g, z, Vector512.Load(sum)).Store(sum);
                sum += period;
                Vector512.FusedMultiplyAdd(block, z, Vector512.Load(sum)).Store(sum);
            }

            p = p + 16 == period ? 0 : p + 16;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ApplyChunk(in BackwardArguments unit, int sample, long first, long count, byte* target)
    {
        var (factors, period, last) = (unit.Factors, unit.Factors.Period, first + count);
        var scales = factors.Row(sample, 0);
        var shifts = factors.Row(sample, 1);
        var ofGradient = factors.Row(sample, 3);
        var ofOutput = factors.Row(sample, 4);
        var constant = factors.Row(sample, 5);
        var slope = Vector512.Create(ChannelAffine.NegativeSlope);
        var p = 0;
        for (var i = first; i < last; i += 16)
        {
            var place = ((sample * unit.ValuesPerSample) + i) * T.Size;
            var y = T.Load(unit.Output + place);
            var g = unit.BlockGradient is null ? Vector512<float>.Zero : T.Load(unit.BlockGradient + place) * unit.BlockWeight;
            if (unit.NextGradient is not null)
            {
                g += T.Load(unit.NextGradient + place);
            }

            var u = Vector512.FusedMultiplyAdd(y, Vector512.Load(scales + p), Vector512.Load(shifts + p));
            var inner = Vector512.ConditionalSelect(Vector512.GreaterThan(u, Vector512<float>.Zero), g, g * slope);
            var result = Vector512.FusedMultiplyAdd(inner, Vector512.Load(ofGradient + p), Vector512.Load(constant + p));
            Store(target + place, Vector512.FusedMultiplyAdd(y, Vector512.Load(ofOutput + p), result), last - i);
            p = p + 16 == period ? 0 : p + 16;
        }
    }

    private static GradientSums Collect(float* parts, int chunks, int period, int channel, int channels)
    {
        var sums = stackalloc double[4];
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            for (var kind = 0; kind < 4; kind++, parts += period)
            {
                for (var i = channel; i < period; i += channels)
                {
                    sums[kind] += parts[i];
                }
            }
        }

        return new(sums[0], sums[1], sums[2], sums[3]);
    }

    // A multiple of the period, so that every chunk begins at the first channel.
    private static int ChunkLength(int period) => period * Math.Max(1, ChunkValues / period);

    private static int ChunksOf(long valuesPerSample, int period) => (int)((valuesPerSample + ChunkLength(period) - 1) / ChunkLength(period));

    private static void Chunks(int samples, long valuesPerSample, int period, Action<int, long, long, int> body)
    {
        var (chunks, length) = (ChunksOf(valuesPerSample, period), ChunkLength(period));
        Workers.For(samples * chunks, item =>
        {
            var (sample, chunk) = (item / chunks, item % chunks);
            var first = (long)chunk * length;
            body(sample, first, Math.Min(length, valuesPerSample - first), chunk);
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(byte* place, Vector512<float> values, long count)
    {
        if (count >= 16)
        {
            T.Store(place, values);
            return;
        }

        for (var i = 0; i < count; i++)
        {
            T.Store(place + (i * T.Size), values[i]);
        }
    }

    private static Vector512<float> ZeroTail(Vector512<float> values, long count) =>
        Vector512.ConditionalSelect(Vector512.LessThan(Vector512<int>.Indices, Vector512.Create((int)count)).AsSingle(), values, Vector512<float>.Zero);

    /// <summary>Operands of the backward pass through the activation and norm of one unit.</summary>
    internal readonly struct BackwardArguments
    {
        /// <summary>Output of the convolution.</summary>
        public required byte* Output { get; init; }

        /// <summary>Values of a sample: voxels times channels.</summary>
        public required long ValuesPerSample { get; init; }

        public required MaskedInstanceNorm Norm { get; init; }

        /// <summary>Rows of factors: scale, shift, mean; then the results of <see cref="MaskedInstanceNorm.Backward"/>.</summary>
        public required ChannelFactors Factors { get; init; }

        /// <summary>Gradient of the block's output, or null.</summary>
        public required byte* BlockGradient { get; init; }

        /// <summary>Weight of this unit in the block's output.</summary>
        public required float BlockWeight { get; init; }

        /// <summary>Gradient from the next unit's convolution, or null.</summary>
        public required byte* NextGradient { get; init; }

        /// <summary>Whether the sums with the output of the activation are needed.</summary>
        public required bool NeedsOutputs { get; init; }
    }
}
