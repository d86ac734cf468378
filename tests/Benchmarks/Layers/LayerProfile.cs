using System.Runtime.Intrinsics;
using AdwUNet.Architectures;
using AdwUNet.Benchmarks.Measuring;
using AdwUNet.Benchmarks.Steps;
using AdwUNet.Cpu;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Sampling;

namespace AdwUNet.Benchmarks.Layers;

/// <summary>The convolutions of a supernet one by one, in the fastest precision: what a step would take if it were nothing else.</summary>
internal static class LayerProfile
{
    private enum Kind
    {
        Convolution,

        // The gradient of its input is two arrays: of what comes from below and of what comes across.
        OfSkip,
        Transposed,
    }

    /// <summary>Measures every layer, one after the other, again and again, so that none finds its weights in the caches; its input was written just before, as in a step.</summary>
    /// <param name="space">The supernet.</param>
    /// <param name="rounds">How often.</param>
    public static IReadOnlyList<LayerTimes> Measure(SearchSpace space, Rounds rounds) => Implementations.Fastest == Implementation.BFloat16
        ? Measure<BFloat16Format>(space, rounds)
        : Measure<Float32Format>(space, rounds);

    private static List<LayerTimes> Measure<T>(SearchSpace space, Rounds rounds)
        where T : struct, IStorageFormat
    {
        using var supernet = new Supernet(Hippocampus.Plan, space);
        using var pool = new BufferPool();
        var layers = Named(new LayerPlans<T>(supernet, Hippocampus.Plan.BatchSize, Hippocampus.Plan.PatchSize)).ToList();
        var times = layers.ConvertAll(layer => new LayerTimes(layer.Name, layer.Layer.Shape, layer.Kind == Kind.Transposed));
        rounds.Alternate(() =>
        {
            for (var i = 0; i < layers.Count; i++)
            {
                Run(layers[i].Layer, layers[i].Kind, times[i], pool);
            }
        });
        return times;
    }

    private static IEnumerable<(string Name, ConvolutionLayer<T> Layer, Kind Kind)> Named<T>(LayerPlans<T> layers)
        where T : struct, IStorageFormat
    {
        for (var b = 0; b < layers.Encoder.Length; b++)
        {
            for (var k = 0; k < layers.Encoder[b].Layers.Length; k++)
            {
                yield return ($"encoder {b}, convolution {k + 1}", layers.Encoder[b].Layers[k], Kind.Convolution);
            }
        }

        for (var u = 0; u < layers.Decoder.Length; u++)
        {
            var level = layers.Decoder.Length - 1 - u;
            yield return ($"up to {level}", layers.UpSampling[u].Layer, Kind.Transposed);
            for (var k = 0; k < layers.Decoder[u].Layers.Length; k++)
            {
                yield return ($"decoder {level}, convolution {k + 1}", layers.Decoder[u].Layers[k], k == 0 ? Kind.OfSkip : Kind.Convolution);
            }
        }
    }

    private static unsafe void Run<T>(ConvolutionLayer<T> layer, Kind kind, LayerTimes times, BufferPool pool)
        where T : struct, IStorageFormat
    {
        var (shape, transposed) = (layer.Shape, kind == Kind.Transposed);
        var fine = Ones<T>(pool, shape.Batch * shape.Fine.Count * shape.FineChannels);
        var coarse = Ones<T>(pool, shape.Batch * shape.Coarse.Count * shape.CoarseChannels);
        var weights = Ones<Float32Format>(pool, (long)shape.Taps * shape.FineChannels * shape.CoarseChannels);
        var (inFine, inCoarse) = (new InputView<T>(shape.Fine, fine.Data, shape.FineChannels), new InputView<T>(shape.Coarse, coarse.Data, shape.CoarseChannels));
        var (input, output) = transposed ? (inCoarse, inFine) : (inFine, inCoarse);
        var (to, from) = transposed ? (fine, coarse) : (coarse, fine);
        var sums = transposed ? null : new ChannelSums(shape.Batch, shape.CoarseChannels);
        times.Forward.Add(Rounds.Time(() => layer.Forward(input, (float*)weights.Data, to.Data, sums, pool)));
        times.Weights.Add(Rounds.Time(() => layer.BackwardWeights(input, output, (float*)weights.Data, pool)));
        if (input.Channels > Hippocampus.Plan.Modalities.Count)
        {
            nint[] targets = kind == Kind.OfSkip
                ? [(nint)from.Data, (nint)(from.Data + (shape.Batch * shape.Fine.Count * shape.FineChannels / 2 * T.Size))]
                : [(nint)from.Data];
            times.Input.Add(Rounds.Time(() => layer.BackwardData(output, (float*)weights.Data, targets, add: false, pool)));
        }

        foreach (var buffer in new[] { fine, coarse, weights })
        {
            pool.Return(buffer);
        }
    }

    private static unsafe NativeBuffer Ones<T>(BufferPool pool, long numbers)
        where T : struct, IStorageFormat
    {
        var buffer = pool.Rent(numbers * T.Size);
        for (var i = 0L; i + 16 <= numbers; i += 16)
        {
            T.Store(buffer.Data + (i * T.Size), Vector512<float>.One);
        }

        return buffer;
    }
}
