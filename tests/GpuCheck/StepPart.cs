using System.Globalization;
using AdwUNet.Experiments;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.GpuCheck;

/// <summary>Part 4: step times, memory and images a second of the paper's tasks, and the price of options, the most important first.</summary>
internal static class StepPart
{
    public const string Title = "Step times";

    private const double CudaSeconds = 3;
    private const double MiniatureSeconds = 0.2;

    private static readonly string[] Head =
        ["Network", "By", "Precision", "Weight step, ms", "Architecture step, ms", "Images/s", "With loader, ms", "Waiting", "Threads", "Memory, GB"];

    public static void Run(CheckReport report, Device device, bool isMiniature, Func<bool> isOver)
    {
        var isCuda = device.type == DeviceType.CUDA;
        PaperTask[] tasks = isMiniature ? [PaperTask.BrainTumour] : [.. PaperTask.All.Where(task => task.Published is not null)];
        (Who Who, bool IsHalf)[] contestants =
        [
            (Who.Library, false), (Who.Library, true), (Who.Plain, false), .. PyTorchSteps.Version is null ? Array.Empty<(Who, bool)>() : [(Who.PyTorch, true), (Who.PyTorch, false)],
        ];
        StepCase Case(PaperTask task, bool isSupernet, Who who, bool isHalf) =>
            new(task.Dataset, isSupernet, who, isHalf, isCuda ? device.ToString() : "cpu", isMiniature, isCuda ? CudaSeconds : MiniatureSeconds);
        var cases = tasks.SelectMany(task => (StepCase[])
        [
            .. from isSupernet in new[] { true, false } from contestant in contestants select Case(task, isSupernet, contestant.Who, contestant.IsHalf),
            .. from isHalf in new[] { true, false } select Case(task, isSupernet: true, Who.Library, isHalf) with { ComparesOptions = true },
        ]);
        List<string[]> rows = [];
        var options = new OptionTable(report, isCuda);
        var left = 0;
        foreach (var next in cases)
        {
            if (isOver())
            {
                left++;
                continue;
            }

            var result = next.Measure();
            if (next.ComparesOptions)
            {
                options.Add(next, result);
                continue;
            }

            rows.Add(Row(next, result));
            Console.WriteLine($"  {string.Join("  ", rows[^1])}");
            Write(report, rows, isMiniature, 0);
        }

        Write(report, rows, isMiniature, left);
    }

    private static void Write(CheckReport report, List<string[]> rows, bool isMiniature, int left) => report.Section(Title, text =>
    {
        text.Paragraph((isMiniature ? "Small networks on small patches: these times say nothing. " : "Each network at its published patch and batch. ")
            + "Medians; each row is a process of its own. \"Plain\" is the method on libtorch without any trick, "
            + $"\"PyTorch\" ({PyTorchSteps.Version ?? "not here"}) the same in Python, in bfloat16 by autocast. \"With loader\": every step has a new augmented batch, \"Waiting\" is the share of it spent waiting for that batch. "
            + "Memory: what the process took from the card, with what its allocator keeps; on a CPU its peak.");
        if (left > 0)
        {
            text.Paragraph($"{left} rows were not measured: the time was over (`--minutes`).");
        }

        return text.Table(Head, rows);
    });

    private static string[] Row(StepCase of, StepResult result)
    {
        string[] name = [of.Network, of.Who.ToString(), result.Arithmetic ?? (of.IsHalf ? "bfloat16" : "float32")];
        return result.Error is { } error
            ? [.. name, error, "", "", "", "", "", ""]
            :
            [
                .. name,
                Milliseconds(result.Weight),
                Milliseconds(result.Architecture),
                result.Weight is { } step ? Number(of.Plan.BatchSize / step, "0.0") : "",
                Milliseconds(result.Fed),
                result is { Waited: { } waited, Fed: { } fed } ? Number(100 * waited / fed, "0.0") + " %" : "",
                result.LoaderThreads?.ToString(CultureInfo.InvariantCulture) ?? "",
                result.Bytes is { } bytes ? Number(bytes / 1e9, "0.00") : "",
            ];
    }

    public static string Milliseconds(double? seconds) => seconds is { } value ? Number(1000 * value, "0.0") : "";

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
