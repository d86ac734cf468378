using System.Diagnostics;
using System.Text.Json;

namespace AdwUNet.GpuCheck;

/// <summary>The same steps by <c>check-gpu.py</c>, where there is a Python with PyTorch.</summary>
internal static class PyTorchSteps
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly Lazy<string?> Found = new(() => Ask("import torch; print(torch.__version__)"));

    /// <summary>The program.</summary>
    public static string Python { get; set; } = "python3";

    /// <summary>PyTorch's version; null without one.</summary>
    public static string? Version => Found.Value;

    public static StepResult Measure(StepCase of)
    {
        var plan = of.Plan;
        var widths = of.IsSupernet
            ? of.Space.BlockWidths(plan.PoolCount).Select(width => Enumerable.Repeat(width, of.Space.MaxDepth).ToArray())
            : of.Architecture.Widths.Select(block => block.ToArray());
        var spec = JsonSerializer.Serialize(new
        {
            channels = plan.Modalities.Count,
            classes = plan.Classes.Count,
            batch = plan.BatchSize,
            patch = plan.PatchSize.ToArray(),
            pools = plan.PoolKernels.Select(kernel => kernel.ToArray()),
            kernels = plan.ConvKernels.Select(kernel => kernel.ToArray()),
            widths,
            supernet = of.IsSupernet,
            half = of.IsHalf,
            device = of.Device == "auto" ? "cuda" : of.Device,
            seconds = of.Seconds,
        });
        return Child.Run(new(Python, [Path.Combine(AppContext.BaseDirectory, "check-gpu.py"), spec]), TimeSpan.FromSeconds(120 + (10 * of.Seconds)));
    }

    private static string? Ask(string code)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(Python, ["-c", code]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var output = process.StandardOutput.ReadToEndAsync();
            return process.WaitForExit(Patience) && process.ExitCode == 0 ? output.Result.Trim() : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
