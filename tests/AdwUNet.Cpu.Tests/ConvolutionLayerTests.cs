using AdwUNet.Imaging;
using AdwUNet.Sampling;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Cpu.Tests;

/// <summary>Forward, backward-data and backward-weights passes and channel statistics against libtorch in float64, on random shapes.</summary>
public sealed unsafe class ConvolutionLayerTests : IDisposable
{
    private const int Cases = 40;

    // Relative to the largest value, for sums of a few thousand products in float32.
    private const double SingleTolerance = 2e-6;

    // Half a unit in the last of 8 bits when stored, and as much again for the rounded Winograd transforms and for activated inputs that round to the other
    // side of a tie.
    private const double BFloat16Tolerance = 6e-3;

    // Where a gradient is accumulated into a narrow feature map, the sum is rounded once more beside few other roundings: 6.2e-3.
    private const double NarrowTolerance = 7e-3;

    // Relative to the mean square of the stored output. In bfloat16 it is rounded to half a unit in the last of 8 bits, which counts twice in the mean square
    // and in the squared mean.
    private const double SingleMoments = 1e-5;
    private const double BFloat16Moments = 8e-3;

    private readonly BufferPool _pool = new();

    public void Dispose() => _pool.Dispose();

    [Fact]
    public void Float32_passes_match_libtorch_in_float64()
    {
        Assert.SkipUnless(CpuFeatures.Kernels, "the kernels need AVX-512 or AVX2 on Linux");
        for (var seed = 0; seed < Cases; seed++)
        {
            Check<Float32Format>(ConvolutionCase.Random(seed), seed, SingleTolerance);
        }

        Check<Float32Format>(ConvolutionCase.Large(48), 0, SingleTolerance);
        foreach (var (narrow, seed) in ConvolutionCase.Narrow().Select((one, i) => (one, i)))
        {
            Check<Float32Format>(narrow, seed, SingleTolerance);
        }
    }

    [Fact]
    public void BFloat16_passes_match_libtorch_in_float64()
    {
        Assert.SkipUnless(CpuFeatures.Kernels && CpuFeatures.BFloat16, "the kernels need AVX-512 on Linux, and AVX512-BF16");
        for (var seed = Cases; seed < 2 * Cases; seed++)
        {
            Check<BFloat16Format>(ConvolutionCase.Random(seed), seed, BFloat16Tolerance);
        }

        Check<BFloat16Format>(ConvolutionCase.Large(96), 0, BFloat16Tolerance);
        foreach (var (narrow, seed) in ConvolutionCase.Narrow().Select((one, i) => (one, i)))
        {
            Check<BFloat16Format>(narrow, seed, NarrowTolerance);
        }
    }

    [Fact]
    public void Random_shapes_include_both_algorithms()
    {
        foreach (var (first, perStep) in new[] { (0, Float32Format.PerStep), (Cases, BFloat16Format.PerStep) })
        {
            ConvolutionShape[] fewer = [.. Enumerable.Range(first, Cases).Select(seed => ConvolutionCase.Random(seed).Shape).Where(shape => Winograd.Supports(shape, perStep))];
            Assert.InRange(fewer.Length, Cases / 8, Cases / 2);
            Assert.InRange(fewer.Count(shape => Winograd.Supports2D(shape, perStep)), Cases / 10, fewer.Length - 1);
            Assert.Contains(fewer, shape => Winograd.Supports2D(shape, perStep) && shape.Coarse.Y % 2 == 1);
        }
    }

    private void Check<T>(ConvolutionCase one, int seed, double tolerance)
        where T : struct, IStorageFormat
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        var shape = one.Shape;
        var (inputGrid, outputGrid) = one.Transposed ? (shape.Coarse, shape.Fine) : (shape.Fine, shape.Coarse);
        var outputs = one.Transposed ? shape.FineChannels : shape.CoarseChannels;
        Tensor Random(Shape3 grid, int channels) =>
            VoxelMemory.Rounded<T>(randn([shape.Batch, channels, grid.Z, grid.Y, grid.X], generator: generator));

        // The reference.
        var read = Random(inputGrid, one.Inputs.Sum());
        var affine = one.Activated ? RandomAffine(shape.Batch, read, generator) : null;
        var x = VoxelMemory.Rounded<T>(affine is null ? read : Activated(read, affine)).to(float64).requires_grad_();
        var weights = randn([shape.CoarseChannels, shape.FineChannels, shape.Kernel.Z, shape.Kernel.Y, shape.Kernel.X], generator: generator);
        var w = VoxelMemory.Rounded<T>(weights).to(float64).requires_grad_();
        long[] stride = [.. shape.Stride.ToArray()], padding = [.. shape.Padding.ToArray()];
        var y = one.Transposed ? functional.conv_transpose3d(x, w, strides: stride) : functional.conv3d(x, w, strides: stride, padding: padding);
        var gradient = Random(outputGrid, outputs);
        y.backward([gradient.to(float64)]);

        // The layer under test.
        var statistics = !one.Transposed && !one.Logits;
        var layer = new ConvolutionLayer<T>(shape, one.Transposed, one.Inputs, one.Logits ? Epilogue.StoreFloat32 : T.StoreEpilogue, statistics);
        var parts = one.Inputs.Length == 1 ? [read] : read.split([.. one.Inputs.Select(channels => (long)channels)], 1);
        using var first = VoxelMemory.Write<T>(parts[0]);
        using var second = VoxelMemory.Write<T>(parts[^1]);
        var source = one.Inputs.Length == 1
            ? new InputView<T>(inputGrid, first.Data, one.Inputs[0], affine)
            : new InputView<T>(inputGrid, first.Data, one.Inputs[0], second.Data, one.Inputs[1]);
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
            var gradientSource = new InputView<T>(outputGrid, gradients.Data, outputs);
            CheckInputGradients(layer, gradientSource, (float*)bytes, one, x.grad!, Random(inputGrid, one.Inputs.Sum()), tolerance);
            var weightGradient = empty_like(weights);
            fixed (byte* place = weightGradient.bytes)
            {
                layer.BackwardWeights(source, gradientSource, (float*)place, _pool);
            }

            Near(w.grad!, weightGradient, tolerance, $"gradient of the weights of {one}");
        }
    }

    private void CheckInputGradients<T>(
        ConvolutionLayer<T> layer, InputView<T> gradient, float* weights, ConvolutionCase one, Tensor expected, Tensor before, double tolerance)
        where T : struct, IStorageFormat
    {
        foreach (var add in new[] { false, true })
        {
            NativeBuffer[] targets = [.. before.split([.. one.Inputs.Select(channels => (long)channels)], 1).Select(VoxelMemory.Write<T>)];
            layer.BackwardData(gradient, weights, [.. targets.Select(target => (nint)target.Data)], add, _pool);
            var actual = cat([.. targets.Select((target, i) => VoxelMemory.Read(
                target, T.Size == sizeof(float), [expected.shape[0], one.Inputs[i], .. expected.shape[2..]]))], 1);
            Near(add ? expected + before : expected, actual, tolerance, $"gradient of the input of {one}{(add ? ", accumulated" : "")}");
            Array.ForEach(targets, target => target.Dispose());
        }
    }

    // Marked memory behind an output: as large as a row of the largest output.
    private const int Guard = 1 << 16;
    private const byte Marker = 0x5a;

    private static void Mark(NativeBuffer buffer) => new Span<byte>(buffer.Data, (int)buffer.Length).Fill(Marker);

    private static void Unmarked(NativeBuffer buffer, string what) => Assert.True(
        new Span<byte>(buffer.Data + buffer.Length - Guard, Guard).ContainsAnyExcept(Marker) == false, $"memory behind the {what} was overwritten");

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
        Assert.True(error <= tolerance, $"the {what} differs by {error:0.0e0} of the largest value");
    }
}
