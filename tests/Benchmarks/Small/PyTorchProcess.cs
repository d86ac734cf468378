using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using AdwUNet.Benchmarks.Measuring;

namespace AdwUNet.Benchmarks.Small;

/// <summary>
/// <c>small_steps.py</c>, steps of the PyTorch transcription <c>plain_unet.py</c>, in a process of its own. It waits for the name of a step, makes it and answers with its seconds, so
/// that steps of both processes alternate and never run at the same time.
/// </summary>
internal sealed class PyTorchProcess : SmallWork
{
    private const string Python = "/usr/bin/python3";

    private static readonly Lazy<string?> FoundVersion = new(() =>
        Child.Run(Python, ["-c", "import torch; print(torch.__version__)"]) is { Code: 0 } done ? done.Output.Trim() : null);

    private readonly Process _process;

    /// <exception cref="InvalidOperationException">The network there has another number of weights.</exception>
    public PyTorchProcess(SmallCase one)
    {
        var description = JsonSerializer.Serialize(new
        {
            threads = TorchSharp.torch.get_num_threads(),
            batch = one.Plan.BatchSize,
            channels = one.Plan.Modalities.Count,
            classes = one.Plan.Classes.Count,
            patch = one.Plan.PatchSize.ToArray(),
            pools = one.Plan.PoolKernels.Select(pool => pool.ToArray()),
            kernels = one.Plan.ConvKernels.Select(kernel => kernel.ToArray()),
            widths = one.Space is { } space
                ? space.BlockWidths(one.Plan.PoolCount).Select(width => Enumerable.Repeat(width, space.MaxDepth))
                : one.Architecture!.Widths,
            supernet = one.Space is not null,
        });
        var start = new ProcessStartInfo(Python, [Path.Combine(AppContext.BaseDirectory, "small_steps.py"), description])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start)!;
        var weights = long.Parse(Answer(), CultureInfo.InvariantCulture);
        if (weights != one.Cost.Weights)
        {
            throw new InvalidOperationException($"plain_unet.py has {weights} weights for {one.Name}, the library {one.Cost.Weights}: they do not do the same work.");
        }
    }

    /// <summary>PyTorch's version; null where it is missing.</summary>
    public static string? Version => FoundVersion.Value;

    public override double Run(SmallKind kind)
    {
        _process.StandardInput.WriteLine(kind);
        return double.Parse(Answer(), CultureInfo.InvariantCulture);
    }

    public override void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private string Answer() => _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("small_steps.py ended; run it alone to see why.");
}
