using System.Diagnostics;
using AdwUNet.Tests.Jupyter;

namespace AdwUNet.KernelBench;

/// <summary>From the start of the process to the first result.</summary>
internal static class Starts
{
    /// <summary>Starts a kernel several times and prints each time and the medians.</summary>
    public static void Measure(KernelSpec spec, int count)
    {
        var first = new List<double>();
        var cpu = new List<double>();
        var memory = new List<double>();
        var second = new List<double>();
        // The first start fills the file cache and is not counted.
        for (var start = 0; start <= count; start++)
        {
            using var kernel = KernelProcess.Start(spec);
            var reply = kernel.Client.ReplyTo(kernel.Client.SendCode("1+1"));
            var milliseconds = kernel.Clock.Elapsed.TotalMilliseconds;
            var work = kernel.ProcessorTime.TotalMilliseconds;
            if ((string?)reply.Content["status"] != "ok") throw new InvalidOperationException($"1+1 gave {reply.Content}.");
            if (start == 0) continue;
            first.Add(milliseconds);
            cpu.Add(work);
            memory.Add(kernel.ResidentMemory / 1e6);
            var clock = Stopwatch.StartNew();
            kernel.Client.ReplyTo(kernel.Client.SendCode("2+2"));
            second.Add(clock.Elapsed.TotalMilliseconds);
            Console.WriteLine($"start {start}: 1+1 after {first[^1]:0} ms ({work:0} ms of processor time), then {memory[^1]:0} MB resident; 2+2 in {second[^1]:0.0} ms");
        }

        Console.WriteLine($"median of {count} starts: 1+1 after {Median(first):0} ms ({Median(cpu):0} ms of processor time), {Median(memory):0} MB resident; 2+2 in {Median(second):0.0} ms");
    }

    private static double Median(List<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
