using System.Diagnostics;
using AdwUNet.Tests.Jupyter;

namespace AdwUNet.KernelBench;

/// <summary>Many small cells in one session: whether every value is right, how long one takes, and whether memory grows.</summary>
internal static class SmallCells
{
    private const int Reports = 10;

    /// <summary>Runs the cells and prints time and memory after each tenth of them.</summary>
    public static void Measure(KernelSpec spec, Language language, int count)
    {
        using var kernel = KernelProcess.StartReady(spec);
        kernel.Client.Execute(language.First);
        var step = Math.Max(1, count / Reports);
        var clock = Stopwatch.StartNew();
        for (var number = 0; number < count; number++)
        {
            var (code, expected) = language.Small(number);
            var execution = kernel.Client.Execute(code);
            if (execution.Value != expected) throw new InvalidOperationException($"Cell {number}, '{code}', gave {execution.Value ?? execution.Error}, not {expected}.");
            if ((number + 1) % step != 0) continue;
            Console.WriteLine($"{number + 1} cells: {clock.Elapsed.TotalMilliseconds / step:0.0} ms each, {kernel.ResidentMemory / 1e6:0} MB resident, peak {kernel.PeakMemory / 1e6:0} MB");
            clock.Restart();
        }
    }
}
