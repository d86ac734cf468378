using System.Runtime.InteropServices;

namespace AdwUNet.Benchmarks.Measuring;

/// <summary>The processor time of the calling thread: on a shared machine it says more than the clock. Linux only.</summary>
internal static partial class ThreadTime
{
    private const int OfThread = 3; // CLOCK_THREAD_CPUTIME_ID

    /// <summary>Whether steps are measured by it: with one thread (<c>OMP_NUM_THREADS=1</c>).</summary>
    public static bool IsUsed { get; } = OperatingSystem.IsLinux() && TorchSharp.torch.get_num_threads() == 1;

    /// <summary>Seconds of the calling thread in something that starts no thread.</summary>
    public static double Of(Action action)
    {
        var start = Now();
        action();
        return Now() - start;
    }

    private static double Now()
    {
        _ = Read(OfThread, out var time);
        return time.Seconds + (1e-9 * time.Nanoseconds);
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int Read(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
