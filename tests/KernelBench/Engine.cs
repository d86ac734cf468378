using System.Diagnostics;
using AdwUNet.Tests.Jupyter;

namespace AdwUNet.KernelBench;

/// <summary>A kernel that is compared with another one, and what was measured of it.</summary>
/// <param name="Name">Its name, with its version.</param>
/// <param name="Spec">How it is started.</param>
internal sealed record Engine(string Name, KernelSpec Spec)
{
    private const int SmallCells = 10;

    /// <summary>How long an endless loop runs before it is interrupted.</summary>
    private static readonly TimeSpan Running = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly List<double> _first = [];
    private readonly List<double> _memory = [];
    private readonly List<double> _second = [];
    private readonly List<double> _interrupt = [];
    private int _ended;

    /// <summary>The time from the start of the process to the result of <c>1+1</c>, median.</summary>
    public string First => $"{Median(_first) / 1000:0.00} s";

    /// <summary>Resident memory then, median.</summary>
    public string Memory => $"{Median(_memory):0} MB";

    /// <summary>A further <c>2+2</c>, median.</summary>
    public string Second => $"{Median(_second):0} ms";

    /// <summary>From the interrupt of an endless loop to the reply, median; or that there is none.</summary>
    public string Interrupt => _ended > 0 ? "the process ends" : $"{Median(_interrupt) / 1000:0.00} s";

    /// <summary>Starts the kernel once and measures.</summary>
    /// <param name="isCounted">Whether it counts: the first start fills the file cache.</param>
    public void Measure(bool isCounted)
    {
        using var kernel = KernelProcess.Start(Spec);
        // As front ends do: .NET Interactive may lose a cell that comes before it has said that it is there.
        kernel.Client.Ask("kernel_info_request", [], Patience);
        Check(kernel.Client.ReplyTo(kernel.Client.SendCode("1+1"), Patience));
        var first = kernel.Clock.Elapsed.TotalMilliseconds;
        var memory = kernel.ResidentMemory / 1e6;
        var second = new List<double>();
        for (var cell = 0; cell < SmallCells; cell++)
        {
            var clock = Stopwatch.StartNew();
            Check(kernel.Client.ReplyTo(kernel.Client.SendCode("2+2")));
            second.Add(clock.Elapsed.TotalMilliseconds);
        }

        var interrupt = MeasureInterrupt(kernel);
        if (!isCounted) return;
        _first.Add(first);
        _memory.Add(memory);
        // The first of them still compiles parts of the kernel.
        _second.Add(Median(second));
        if (interrupt is { } milliseconds) _interrupt.Add(milliseconds);
        else _ended++;
        Console.WriteLine($"{Name}: 1+1 after {first:0} ms, {memory:0} MB; 2+2 in {_second[^1]:0.0} ms; interrupt {(interrupt is null ? "ends the process" : $"in {interrupt:0} ms")}");
    }

    private static double? MeasureInterrupt(KernelProcess kernel)
    {
        var id = kernel.Client.SendCode("while (true) { }");
        Thread.Sleep(Running);
        var clock = Stopwatch.StartNew();
        kernel.Interrupt();
        while (!kernel.HasExited)
        {
            try
            {
                kernel.Client.ReplyTo(id, TimeSpan.FromMilliseconds(500));
                var milliseconds = clock.Elapsed.TotalMilliseconds;
                Check(kernel.Client.ReplyTo(kernel.Client.SendCode("3+3")));
                return milliseconds;
            }
            catch (TimeoutException) when (clock.Elapsed < KernelClient.Patience)
            {
                // No reply yet; or the process is ending.
            }
        }

        return null;
    }

    private static void Check(JupyterMessage reply)
    {
        if ((string?)reply.Content["status"] != "ok") throw new InvalidOperationException($"A cell gave {reply.Content.ToJsonString()}.");
    }

    private static double Median(List<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
