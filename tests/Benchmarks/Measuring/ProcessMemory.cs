using System.Globalization;

namespace AdwUNet.Benchmarks.Measuring;

/// <summary>Memory of this process as Linux counts it, in bytes.</summary>
internal static class ProcessMemory
{
    /// <summary>The most that was ever resident (VmHWM).</summary>
    public static long Peak => Read("VmHWM:");

    /// <summary>What is resident now (VmRSS).</summary>
    public static long Now => Read("VmRSS:");

    private static long Read(string field)
    {
        const int kibibyte = 1024;
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line[field.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * kibibyte;
    }
}
