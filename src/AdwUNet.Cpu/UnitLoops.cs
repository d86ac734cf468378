using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AdwUNet.Cpu;

/// <summary>The loops over voxels between convolutions: weighted sums of activated outputs, and the way back through activation and norm.</summary>
internal static unsafe class UnitLoops<T>
    where T : struct, IElement
{
    private const int ChunkNumbers = 1 << 15;

    /// <summary>Adds up Σ weight · LeakyReLU(scale · y + shift) over some arrays; weights are not negative and already in scale and shift.</summary>
    public static void Sum(nint[] outputs, ChannelAffine[] affines, int samples, long numbers, byte* target) =>
        Chunks(samples, numbers, affines[0].Period, (sample, first, count, _) =>
        {
            var period = affines[0].Period;
            var last = first + count;
            var p = 0;
            for (var i = first; i < last; i += 16)
            {
                var sum = Vector512<float>.Zero;
                var place = ((sample * numbers) + i) * T.Size;
                for (var k = 0; k < outputs.Length; k++)
                {
                    var scale = affines[k].Scale(sample) + p;
                    sum += ChannelAffine.Activate(T.Load((byte*)outputs[k] + place), Vector512.Load(scale), Vector512.Load(scale + period));
                }

                Store(target + place, sum, last - i);
                p = p + 16 == period ? 0 : p + 16;
            }
        });

    /// <summary>The sums that the norm's and the mask's gradients need, by sample and channel.</summary>
    public static VoxelSums[,] Reduce(in Backward pass, BufferPool pool)
    {
        var unit = pass;
        var (period, channels, samples) = (unit.Factors.Period, unit.Norm.Channels, unit.Norm.Samples);
        var chunks = ChunksOf(unit.Numbers, period);
        var parts = pool.Rent(4L * samples * chunks * period * sizeof(float));
        Chunks(samples, unit.Numbers, period, (sample, first, count, chunk) =>
            ReduceChunk(unit, sample, first, count, (float*)parts.Data + (4L * ((sample * chunks) + chunk) * period)));
        var sums = new VoxelSums[samples, channels];
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

    /// <summary>The gradient with respect to the convolution's output.</summary>
    public static void Apply(in Backward pass, byte* target)
    {
        var unit = pass;
        Chunks(unit.Norm.Samples, unit.Numbers, unit.Factors.Period, (sample, first, count, _) => ApplyChunk(unit, sample, first, count, target));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ReduceChunk(in Backward unit, int sample, long first, long count, float* sums)
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
            var place = ((sample * unit.Numbers) + i) * T.Size;
            var y = T.Load(unit.Output + place);
            var block = unit.BlockGradient is null ? Vector512<float>.Zero : T.Load(unit.BlockGradient + place);
            var g = block * unit.BlockWeight;
            if (unit.NextGradient is not null)
            {
                g += T.Load(unit.NextGradient + place);
            }

            if (last - i < 16)
            {
                // What follows the last number may be anything, also no number, which 0 times is none.
                (y, g, block) = (Begin(y, last - i), Begin(g, last - i), Begin(block, last - i));
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
    private static void ApplyChunk(in Backward unit, int sample, long first, long count, byte* target)
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
            var place = ((sample * unit.Numbers) + i) * T.Size;
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

    private static VoxelSums Collect(float* parts, int chunks, int period, int channel, int channels)
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

    // Whole periods, so that every chunk begins at the first channel.
    private static int ChunkLength(int period) => period * Math.Max(1, ChunkNumbers / period);

    private static int ChunksOf(long numbers, int period) => (int)((numbers + ChunkLength(period) - 1) / ChunkLength(period));

    private static void Chunks(int samples, long numbers, int period, Action<int, long, long, int> body)
    {
        var (chunks, length) = (ChunksOf(numbers, period), ChunkLength(period));
        Workers.For(samples * chunks, item =>
        {
            var (sample, chunk) = (item / chunks, item % chunks);
            var first = (long)chunk * length;
            body(sample, first, Math.Min(length, numbers - first), chunk);
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

    private static Vector512<float> Begin(Vector512<float> values, long count) =>
        Vector512.ConditionalSelect(Vector512.LessThan(Vector512<int>.Indices, Vector512.Create((int)count)).AsSingle(), values, Vector512<float>.Zero);

    /// <summary>What the way back through one unit's activation and norm reads.</summary>
    internal readonly struct Backward
    {
        /// <summary>The convolution's output.</summary>
        public required byte* Output { get; init; }

        /// <summary>Its numbers in a sample.</summary>
        public required long Numbers { get; init; }

        public required UnitNorm Norm { get; init; }

        /// <summary>Rows: scale, shift, mean; then what <see cref="UnitNorm.Backward"/> gives.</summary>
        public required ChannelFactors Factors { get; init; }

        /// <summary>The gradient of the block's sum of outputs, or null.</summary>
        public required byte* BlockGradient { get; init; }

        /// <summary>This unit's weight in the sum.</summary>
        public required float BlockWeight { get; init; }

        /// <summary>The gradient from the next unit's convolution, or null.</summary>
        public required byte* NextGradient { get; init; }

        /// <summary>Whether sums with the activation's output are needed.</summary>
        public required bool NeedsOutputs { get; init; }
    }
}
