using System.Diagnostics;
using AdwUNet.Tests.Jupyter;

namespace AdwUNet.KernelBench;

/// <summary>Many small cells in one session: whether every value is right, how long one takes, and whether memory grows.</summary>
internal static class SmallCells
{
    private const int Reports = 10;

    /// <summary>Runs the cells and prints time and memory after each tenth of them, and the growth after the first tenth.</summary>
    /// <exception cref="InvalidOperationException">A cell gave another value than it should.</exception>
    public static void Measure(KernelSpec spec, Language language, int count)
    {
        using var kernel = KernelProcess.StartReady(spec);
        kernel.Client.Execute(language.First);
        var tenth = Math.Max(1, count / Reports);
        var memory = new List<double>();
        var clock = Stopwatch.StartNew();
        for (var number = 0; number < count; number++)
        {
            var (code, expected) = language.Small(number);
            var execution = kernel.Client.Execute(code);
            if (execution.Value != expected) throw new InvalidOperationException($"Cell {number}, '{code}', gave {execution.Value ?? execution.Error}, not {expected}.");
            if ((number + 1) % tenth != 0) continue;
            memory.Add(kernel.ResidentMemory / 1e6);
            Console.WriteLine($"{number + 1} cells: {clock.Elapsed.TotalMilliseconds / tenth:0.0} ms each, {memory[^1]:0} MB resident");
            clock.Restart();
        }

        Console.WriteLine($"growth from {tenth} to {count} cells: {(memory[^1] / memory[0]) - 1:+0.0 %;-0.0 %} (largest {(memory.Max() / memory[0]) - 1:+0.0 %;-0.0 %})");
    }
}
