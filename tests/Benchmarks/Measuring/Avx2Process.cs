using System.Diagnostics;

namespace AdwUNet.Benchmarks.Measuring;

/// <summary>A process that uses no instruction beyond AVX2: neither .NET and with it the kernels, nor libtorch and its libraries.</summary>
internal static class Avx2Process
{
    private static readonly (string Name, string Value)[] Limits =
    [
        ("DOTNET_EnableAVX512", "0"),
        ("ATEN_CPU_CAPABILITY", "avx2"),
        ("ONEDNN_MAX_CPU_ISA", "AVX2"),
        ("MKL_ENABLE_INSTRUCTIONS", "AVX2"),
    ];

    /// <summary>Whether this process is one.</summary>
    public static bool IsThis { get; } = Limits.All(limit => Environment.GetEnvironmentVariable(limit.Name) == limit.Value);

    /// <summary>The limits as a command line sets them.</summary>
    public static string Description => string.Join(' ', Limits.Select(limit => $"{limit.Name}={limit.Value}"));

    /// <summary>Runs this program anew within the limits.</summary>
    /// <returns>Its exit code.</returns>
    public static int Run(IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Avx2Process).Assembly.Location, .. arguments]);
        foreach (var (name, value) in Limits)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
