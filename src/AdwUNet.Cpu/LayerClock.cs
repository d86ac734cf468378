using System.Diagnostics;
using System.Runtime.InteropServices;
using AdwUNet.Networks;
using AdwUNet.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Cpu;

/// <summary>Measures the forward pass of single layers: with the kernels of this library where they run, else with libtorch.</summary>
internal static partial class LayerClock
{
    private const int ThreadProcessorTime = 3; // CLOCK_THREAD_CPUTIME_ID of Linux
    private const int Repeats = 7; // at least
    private const double LeastSeconds = 3e-3; // of all repeats

    private static readonly TimeSpan MostWarmUp = TimeSpan.FromSeconds(2);

    /// <summary>What computes in a precision, such as <c>bfloat16 by kernels made for this processor</c>.</summary>
    public static Arithmetic ArithmeticOf(Precision precision)
    {
        var engine = new CpuEngine();
        return CpuFeatures.Kernels ? new(engine.Effective(precision, CPU), engine, null) : Arithmetic.Libtorch();
    }

    /// <summary>The seconds of a layer: the least of several passes.</summary>
    /// <param name="site">The layer.</param>
    /// <param name="input">Input channels.</param>
    /// <param name="output">Output channels.</param>
    /// <param name="arithmetic">See <see cref="ArithmeticOf"/>.</param>
    public static double Seconds(LayerSite site, int input, int output, Arithmetic arithmetic) => arithmetic switch
    {
        { Engine: null } => OfLibtorch(site, input, output),
        { Precision: Precision.BFloat16 } => OfKernels<BFloat16Format>(site, input, output),
        _ => OfKernels<Float32Format>(site, input, output),
    };

    /// <summary>The least duration of an action, which other programs disturb least.</summary>
    /// <param name="action">What is measured.</param>
    /// <param name="warmUp">Calls before, which do not count.</param>
    public static double Least(Action action, int warmUp = 2)
    {
        var begin = Stopwatch.GetTimestamp();
        for (var i = 0; i < warmUp && Stopwatch.GetElapsedTime(begin) < MostWarmUp; i++) action();
        var least = double.PositiveInfinity;
        var sum = 0.0;
        for (var i = 0; i < Repeats || sum < LeastSeconds; i++)
        {
            var start = Now();
            action();
            var seconds = Now() - start;
            (least, sum) = (Math.Min(least, seconds), sum + seconds);
        }

        return least;
    }

    // One thread of a busy machine is often suspended, so that its processor time is nearer to what a quiet machine takes.
    private static double Now() => get_num_threads() == 1 && OperatingSystem.IsLinux() && ThreadTime(ThreadProcessorTime, out var time) == 0
        ? time.Seconds + (time.Nanoseconds * 1e-9)
        : Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ThreadTime(int clock, out ClockTime time);

    private static unsafe double OfKernels<T>(LayerSite site, int input, int output)
        where T : struct, IStorageFormat
    {
        using var pool = new BufferPool();
        var isUp = site.Kind == LayerKind.Up;
        var channels = site.Kind == LayerKind.Output ? output : input;
        using var source = Filled<T>(site.Batch * site.Input.Count * channels);
        using var target = new NativeBuffer(site.Batch * site.Shape.Count * output * sizeof(float));
        var affine = new ChannelAffine(site.Batch, channels);
        for (var i = 0; i < site.Batch * channels; i++)
        {
            affine.Set(i / channels, 0, i % channels, 1);
            affine.Set(i / channels, 1, i % channels, 0.1);
        }

        if (site.Kind == LayerKind.Output)
        {
            return Least(() => ElementwiseKernels<T>.WeightedSum([(nint)source.Data], [affine], site.Batch, site.Shape.Count * output, target.Data));
        }

        var half = input / 2;
        var hasNorm = site.Kind is LayerKind.First or LayerKind.Joined or LayerKind.Further;
        var kernel = site.Kernel;
        ConvolutionShape shape = isUp
            ? new(site.Batch, site.Shape, output, input, kernel, site.Stride, default)
            : new(site.Batch, site.Input, input, output, kernel, site.Stride, new(kernel.Z / 2, kernel.Y / 2, kernel.X / 2));
        var isJoined = site.Kind == LayerKind.Joined && half > 0;
        var layer = new ConvolutionLayer<T>(
            shape, isUp, isJoined ? [half, input - half] : [input], site.Kind == LayerKind.Logits ? Epilogue.StoreFloat32 : T.StoreEpilogue, statistics: hasNorm);
        var view = isJoined ? new InputView<T>(site.Input, source.Data, half, source.Data + (site.Batch * site.Input.Count * half * T.Size), input - half)
            : new InputView<T>(site.Input, source.Data, input, site.Kind == LayerKind.Further ? affine : null);
        using var weights = new NativeBuffer((long)input * output * shape.Taps * sizeof(float));
        new Span<byte>(weights.Data, (int)weights.Length).Clear();
        return Least(() => layer.Forward(view, (float*)weights.Data, target.Data, hasNorm ? new ChannelSums(site.Batch, output) : null, pool));
    }

    private static unsafe NativeBuffer Filled<T>(long values)
        where T : struct, IStorageFormat
    {
        var buffer = new NativeBuffer(values * T.Size);
        for (var i = 0L; i < values; i++)
        {
            T.Store(buffer.Data + (i * T.Size), (i % 7) - 3);
        }

        return buffer;
    }

    private static double OfLibtorch(LayerSite site, int input, int output)
    {
        if (site.Kind == LayerKind.Output) return 0; // the last unit's activation is the output
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        long[] kernel = [site.Kernel.Z, site.Kernel.Y, site.Kernel.X];
        long[] stride = [site.Stride.Z, site.Stride.Y, site.Stride.X];
        var image = randn([site.Batch, input, site.Input.Z, site.Input.Y, site.Input.X]);
        if (site.Kind == LayerKind.Up)
        {
            var upWeights = randn([input, output, .. kernel]);
            return Least(() => nn.functional.conv_transpose3d(image, upWeights, strides: stride).Dispose());
        }

        var weights = randn([output, input, .. kernel]);
        var parts = image.split([input / 2, input - (input / 2)], 1);
        long[] padding = [.. kernel.Select(size => size / 2)];
        return Least(() =>
        {
            using var pass = NewDisposeScope();
            var joined = site.Kind == LayerKind.Joined ? cat(parts, 1) : image;
            var features = nn.functional.conv3d(joined, weights, strides: stride, padding: padding);
            if (site.Kind != LayerKind.Logits) _ = nn.functional.leaky_relu(nn.functional.instance_norm(features), ConvUnit.NegativeSlope);
        });
    }
}

/// <summary>The C library's timespec.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct ClockTime(long Seconds, long Nanoseconds);

/// <summary>Measures the forward pass of whole networks.</summary>
internal static class NetworkClock
{
    private const int WarmUp = 40; // calls after which .NET has compiled the managed part with optimization

    /// <summary>The seconds of a forward pass on one batch of a plan: the least of several passes.</summary>
    public static double Seconds(Plan plan, Architectures.Architecture architecture, Precision precision)
    {
        using var noGradient = no_grad();
        using var network = new DerivedUNet(plan, architecture) { Precision = precision };
        using var image = randn([plan.BatchSize, plan.Modalities.Count, plan.PatchSize.Z, plan.PatchSize.Y, plan.PatchSize.X]);
        return LayerClock.Least(() =>
        {
            foreach (var logits in network.forward(image)) logits.Dispose();
        }, WarmUp);
    }
}
