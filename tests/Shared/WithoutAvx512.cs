using System.Diagnostics;
using System.Runtime.Intrinsics.X86;

namespace AdwUNet.Tests;

/// <summary>Runs tests of this assembly in a process whose .NET, and with it the kernels, does not use AVX-512.</summary>
internal static class WithoutAvx512
{
    /// <summary>Whether the processor has AVX-512; without it, every process is one without.</summary>
    public static bool IsOther => Avx512F.IsSupported;

    /// <summary>Runs tests; fails if one of them fails.</summary>
    /// <param name="filter">Arguments of the runner.</param>
    /// <returns>What the runner wrote: its counts, and the names of the tests that were skipped.</returns>
    public static string Run(params IReadOnlyList<string> filter)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(WithoutAvx512).Assembly.Location, .. filter, "-noColor"])
        {
            RedirectStandardOutput = true,
            Environment = { ["DOTNET_EnableAVX512"] = "0" },
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output);
        return output;
    }
}
