using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using AdwUNet.Datasets;
using static TorchSharp.torch;

namespace AdwUNet.Benchmarks.Measuring;

/// <summary>What the numbers were measured on.</summary>
internal static class Machine
{
    /// <summary>Lines for the head of a report.</summary>
    public static IReadOnlyList<string> Describe() =>
    [
        $"Date: {DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC",
        $"Processor: {Processor()}, {Environment.ProcessorCount} cores, {VectorSets()}",
        $"Memory: {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30):0.0} GiB",
        $"System: {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}",
        $"libtorch {TorchSharp.torch.__version__} on the CPU, {get_num_threads()} threads; load of the machine before the run: {Load()}",
        .. Avx2Process.IsThis ? [$"Limited to AVX2 ({Avx2Process.Description})"] : Array.Empty<string>(),
        .. ThreadTime.IsUsed ? ["All times of steps and layers are processor times of the one thread"] : Array.Empty<string>(),
    ];

    private static string Processor()
    {
        const string field = "model name";
        var line = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal))
            : null;
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }

    private static string VectorSets() => string.Join(", ", new[]
    {
        (Name: "AVX2", Has: Avx2.IsSupported),
        (Name: "AVX-512", Has: Avx512F.IsSupported),
        (Name: "AVX512-BF16", Has: Avx512F.IsSupported && HasFlag("avx512_bf16")),
        (Name: "AMX-BF16", Has: Avx512F.IsSupported && HasFlag("amx_bf16")),
    }.Where(set => set.Has).Select(set => set.Name));

    private static bool HasFlag(string flag) => File.Exists("/proc/cpuinfo")
        && File.ReadLines("/proc/cpuinfo").Any(line => line.StartsWith("flags", StringComparison.Ordinal) && line.Split(' ').Contains(flag));

    private static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
}
