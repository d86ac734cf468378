using System.Runtime.Intrinsics;
using System.Text.Json.Nodes;
using AdwUNet.Networks;
using static TorchSharp.torch;

namespace AdwUNet.Runs;

/// <summary>What of a machine decides the last digits of what it computes.</summary>
/// <param name="Processor">The processor's name.</param>
/// <param name="VectorBits">The width of its vectors.</param>
/// <param name="Threads">Threads of libtorch: sums over threads are sums in another order.</param>
/// <param name="Device">Where the run computes.</param>
/// <param name="Arithmetic">What the wanted precision came to.</param>
internal sealed record RunMachine(string Processor, int VectorBits, int Threads, string Device, string Arithmetic)
{
    private const string LinuxProcessors = "/proc/cpuinfo";

    public static RunMachine This(Device device, Precision precision) => new(
        ProcessorName(), Bits(), get_num_threads(), device.ToString(), Networks.Arithmetic.Of(precision, device).ToString());

    /// <summary>Gives libtorch as many threads as a run began with, where there are as many processors; for the whole process.</summary>
    /// <param name="machine">What its configuration says of its machine.</param>
    public static void UseThreadsOf(JsonNode? machine)
    {
        if (machine?.AsObject()["threads"] is JsonValue value && value.TryGetValue(out int threads) && threads > 0 && threads <= Environment.ProcessorCount)
        {
            set_num_threads(threads);
        }
    }

    /// <summary>What a configuration says of its run's arithmetic; what all runs computed by before there was a choice, where it says nothing.</summary>
    /// <param name="machine">What it says of its machine.</param>
    public static string ArithmeticOf(JsonNode? machine) =>
        machine is JsonObject fields && fields["arithmetic"] is JsonValue value && value.TryGetValue(out string? text)
            ? text
            : new Networks.Arithmetic(Precision.Float32, ByKernels: false).ToString();

    private static int Bits() => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    private static string ProcessorName()
    {
        var line = File.Exists(LinuxProcessors)
            ? File.ReadLines(LinuxProcessors).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?.Split(':')[^1].Trim() ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unknown";
    }
}
