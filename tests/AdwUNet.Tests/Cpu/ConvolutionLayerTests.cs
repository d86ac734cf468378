using AdwUNet.Cpu;
using AdwUNet.Imaging;
using AdwUNet.Sampling;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Tests.Cpu;

/// <summary>Convolutions, their gradients and their statistics against libtorch's in double precision, on random shapes.</summary>
public sealed unsafe class ConvolutionLayerTests : IDisposable
{
    private const int Cases = 40;

    // Of the largest number: sums of a few thousand products in single precision.
    private const double SingleTolerance = 2e-6;

    // Half a unit in the last of 8 bits when stored, and about as much again for Winograd's factors, which are rounded too, and for an activated
    // input that falls on the other side of a tie.
    private const double BFloat16Tolerance = 6e-3;

    // Of the scale, beside the output as it was stored: in bfloat16 to half a unit in the last of 8 bits, by which a mean square and a squared
    // mean may each be off twice.
    private const double SingleMoments = 1e-5;
    private const double BFloat16Moments = 8e-3;

    private readonly BufferPool _pool = new();

    public void Dispose() => _pool.Dispose();

    [Fact]
    public void Layers_in_float32_equal_libtorchs()
    {
        Assert.SkipUnless(CpuFeatures.Kernels, "kernels are made for AVX-512 on Linux");
        for (var seed = 0; seed < Cases; seed++)
        {
            Check<SingleElement>(ConvolutionCase.Random(seed), seed, SingleTolerance);
        }

        Check<SingleElement>(ConvolutionCase.Large(48), 0, SingleTolerance);
    }

    [Fact]
    public void Layers_in_bfloat16_equal_libtorchs()
    {
        Assert.SkipUnless(CpuFeatures.Kernels && CpuFeatures.BFloat16, "the processor has no AVX512-BF16");
        for (var seed = Cases; seed < 2 * Cases; seed++)
        {
            Check<BFloat16Element>(ConvolutionCase.Random(seed), seed, BFloat16Tolerance);
        }

        Check<BFloat16Element>(ConvolutionCase.Large(96), 0, BFloat16Tolerance);
    }

    [Fact]
    public void Enough_layers_are_of_each_kind()
    {
        foreach (var (first, perStep) in new[] { (0, SingleElement.PerStep), (Cases, BFloat16Element.PerStep) })
        {
            ConvolutionShape[] fewer = [.. Enumerable.Range(first, Cases).Select(seed => ConvolutionCase.Random(seed).Shape).Where(shape => Winograd.Suits(shape, perStep))];
            Assert.InRange(fewer.Length, Cases / 8, Cases / 2);
            Assert.InRange(fewer.Count(shape => Winograd.SuitsInTwo(shape, perStep)), Cases / 10, fewer.Length - 1);
            Assert.Contains(fewer, shape => Winograd.SuitsInTwo(shape, perStep) && shape.Coarse.Y % 2 == 1);
        }
    }

    private void Check<T>(ConvolutionCase one, int seed, double tolerance)
        where T : struct, IElement
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        var shape = one.Shape;
        var (inputGrid, outputGrid) = one.Transposed ? (shape.Coarse, shape.Fine) : (shape.Fine, shape.Coarse);
        var outputs = one.Transposed ? shape.FineChannels : shape.CoarseChannels;
        Tensor Random(Shape3 grid, int channels) =>
            VoxelMemory.Rounded<T>(randn([shape.Batch, channels, grid.Z, grid.Y, grid.X], generator: generator));

        // What libtorch makes of the same numbers.
        var read = Random(inputGrid, one.Inputs.Sum());
        var affine = one.Activated ? RandomAffine(shape.Batch, read, generator) : null;
        var x = VoxelMemory.Rounded<T>(affine is null ? read : Activated(read, affine)).to(float64).requires_grad_();
        var weights = randn([shape.CoarseChannels, shape.FineChannels, shape.Kernel.Z, shape.Kernel.Y, shape.Kernel.X], generator: generator);
        var w = VoxelMemory.Rounded<T>(weights).to(float64).requires_grad_();
        long[] stride = [.. shape.Stride.ToArray()], padding = [.. shape.Padding.ToArray()];
        var y = one.Transposed ? functional.conv_transpose3d(x, w, strides: stride) : functional.conv3d(x, w, strides: stride, padding: padding);
        var gradient = Random(outputGrid, outputs);
        y.backward([gradient.to(float64)]);

        // The layer.
        var statistics = !one.Transposed && !one.Logits;
        var layer = new ConvolutionLayer<T>(shape, one.Transposed, one.Inputs, one.Logits ? TileOutput.Single : T.Output, statistics);
        var parts = one.Inputs.Length == 1 ? [read] : read.split([.. one.Inputs.Select(channels => (long)channels)], 1);
        using var first = VoxelMemory.Write<T>(parts[0]);
        using var second = VoxelMemory.Write<T>(parts[^1]);
        var source = one.Inputs.Length == 1
            ? new VoxelSource<T>(inputGrid, first.Data, one.Inputs[0], affine)
            : new VoxelSource<T>(inputGrid, first.Data, one.Inputs[0], second.Data, one.Inputs[1]);
        fixed (byte* bytes = weights.bytes)
        {
            var sums = statistics ? new ChannelSums(shape.Batch, outputs) : null;
            using var output = new NativeBuffer((y.numel() * (one.Logits ? sizeof(float) : T.Size)) + Guard);
            Mark(output);
            layer.Forward(source, (float*)bytes, output.Data, sums, _pool);
            var written = VoxelMemory.Read(output, one.Logits || T.Size == sizeof(float), y.shape);
            Near(y, written, tolerance, $"output of {one}");
            Unmarked(output, $"output of {one}");
            CheckStatistics(written.to(float64), sums, T.Size == sizeof(float) ? SingleMoments : BFloat16Moments, one);

            using var gradients = VoxelMemory.Write<T>(gradient);
            var gradientSource = new VoxelSource<T>(outputGrid, gradients.Data, outputs);
            CheckInputGradients(layer, gradientSource, (float*)bytes, one, x.grad!, Random(inputGrid, one.Inputs.Sum()), tolerance);
            var weightGradient = empty_like(weights);
            fixed (byte* place = weightGradient.bytes)
            {
                layer.WeightGradient(source, gradientSource, (float*)place, _pool);
            }

            Near(w.grad!, weightGradient, tolerance, $"gradient of the weights of {one}");
        }
    }

    private void CheckInputGradients<T>(
        ConvolutionLayer<T> layer, VoxelSource<T> gradient, float* weights, ConvolutionCase one, Tensor expected, Tensor before, double tolerance)
        where T : struct, IElement
    {
        foreach (var add in new[] { false, true })
        {
            NativeBuffer[] targets = [.. before.split([.. one.Inputs.Select(channels => (long)channels)], 1).Select(VoxelMemory.Write<T>)];
            layer.InputGradient(gradient, weights, [.. targets.Select(target => (nint)target.Data)], add, _pool);
            var actual = cat([.. targets.Select((target, i) => VoxelMemory.Read(
                target, T.Size == sizeof(float), [expected.shape[0], one.Inputs[i], .. expected.shape[2..]]))], 1);
            Near(add ? expected + before : expected, actual, tolerance, $"gradient of the input of {one}{(add ? ", added" : "")}");
            Array.ForEach(targets, target => target.Dispose());
        }
    }

    // What lies behind an output: as large as a row of the largest.
    private const int Guard = 1 << 16;
    private const byte Marker = 0x5a;

    private static void Mark(NativeBuffer buffer) => new Span<byte>(buffer.Data, (int)buffer.Length).Fill(Marker);

    private static void Unmarked(NativeBuffer buffer, string what) => Assert.True(
        new Span<byte>(buffer.Data + buffer.Length - Guard, Guard).ContainsAnyExcept(Marker) == false, $"something was written behind the {what}");

    private static void CheckStatistics(Tensor output, ChannelSums? sums, double tolerance, ConvolutionCase one)
    {
        for (var n = 0; sums is not null && n < output.shape[0]; n++)
        {
            for (var c = 0; c < output.shape[1]; c++)
            {
                var values = output[n, c];
                var (mean, variance) = sums.Moments(n, c, values.numel());
                var scale = values.square().mean().item<double>();
                Assert.True(Math.Abs(mean - values.mean().item<double>()) < tolerance * Math.Sqrt(scale), $"mean of {one}");
                Assert.True(Math.Abs(variance - (values - mean).square().mean().item<double>()) < tolerance * scale, $"variance of {one}");
            }
        }
    }

    private static ChannelAffine RandomAffine(int samples, Tensor read, Generator generator)
    {
        var channels = (int)read.shape[1];
        var affine = new ChannelAffine(samples, channels);
        var numbers = randn([samples, 2, channels], generator: generator).data<float>().ToArray();
        for (var i = 0; i < numbers.Length; i++)
        {
            affine.Set(i / (2 * channels), i / channels % 2, i % channels, numbers[i]);
        }

        return affine;
    }

    private static Tensor Activated(Tensor read, ChannelAffine affine)
    {
        Tensor Factors(int row) => tensor(
            [.. from n in Enumerable.Range(0, (int)read.shape[0]) from c in Enumerable.Range(0, affine.Channels) select affine.Row(n, row)[c]],
            [read.shape[0], affine.Channels, 1, 1, 1]);
        return functional.leaky_relu((read.to(float64) * Factors(0)) + Factors(1), ChannelAffine.NegativeSlope).to(float32);
    }

    private static void Near(Tensor expected, Tensor actual, double tolerance, string what)
    {
        var error = (actual.to(float64) - expected).abs().max().item<double>() / expected.abs().max().item<double>();
        Assert.True(error <= tolerance, $"the {what} differs by {error:0.0e0} of the largest number");
    }
}
