using System.Globalization;
using AdwUNet.Architectures;
using AdwUNet.Benchmarks.Measuring;
using AdwUNet.Benchmarks.Steps;
using AdwUNet.Imaging;
using AdwUNet.Mixed;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Training;
using static TorchSharp.torch;

namespace AdwUNet.Benchmarks.Mixed;

/// <summary>The memory of a step of the engine for GPUs, on a CPU, in a process of its own: measured against the estimate.</summary>
internal static class MixedMemory
{
    /// <summary>The command that the fresh process is given.</summary>
    public const string Command = "mixed-memory";

    private static readonly (string Name, Shape3 Patch, int Batch, int Width)[] Cases =
    [
        ("one sample", Shape3.Cube(96), 1, 12),
        ("two samples", Shape3.Cube(80), 2, 12),
        ("wider", Shape3.Cube(80), 1, 24),
    ];

    /// <summary>One row for each case and precision.</summary>
    public static IEnumerable<IReadOnlyList<string>> Rows() =>
        from which in Enumerable.Range(0, Cases.Length)
        from precision in new[] { "libtorch", nameof(Precision.Float32), nameof(Precision.BFloat16) }
        select Row(which, precision);

    /// <summary>What the fresh process does: measures the growth of its peak by a step, and prints it.</summary>
    public static void RunHere(IReadOnlyList<string> arguments)
    {
        using var scope = NewDisposeScope();
        var plan = PlanOf(int.Parse(arguments[0], CultureInfo.InvariantCulture));
        var batch = Hippocampus.Batch(plan);
        var precision = arguments[1] == "libtorch" ? (Precision?)null : Enum.Parse<Precision>(arguments[1]);
        using var network = new Supernet(plan, SpaceOf(int.Parse(arguments[0], CultureInfo.InvariantCulture)), 1)
        {
            Precision = precision,
            Engines = [new MixedEngine(everywhere: true)],
        };
        var loss = DeepSupervision.Of(plan);
        using (no_grad())
        {
            network.forward(zeros([1, 1, 8, 8, 8])); // libraries load
        }

        var before = ProcessMemory.Now;
        network.Backward(batch.Image, logits => loss.Forward(logits, batch.Targets));
        Console.WriteLine(ProcessMemory.Peak - before);
    }

    private static IReadOnlyList<string> Row(int which, string precision)
    {
        var measured = long.Parse(Child.Run(Command, which.ToString(CultureInfo.InvariantCulture), precision), CultureInfo.InvariantCulture);
        var estimate = precision == "libtorch" ? (long?)null : MixedStepMemory.Of(NetworkCost.Of(SpaceOf(which), PlanOf(which)), PlanOf(which), Enum.Parse<Precision>(precision)).Step;
        return
        [
            Cases[which].Name, precision == "libtorch" ? "float32 by libtorch's autograd" : precision.ToLowerInvariant(), MiB(measured),
            estimate is { } bytes ? MiB(bytes) : "–", estimate is { } of ? ((double)of / measured).ToString("P0", CultureInfo.InvariantCulture) : "–",
        ];
    }

    private static Plan PlanOf(int which) => Hippocampus.Plan with { PatchSize = Cases[which].Patch, BatchSize = Cases[which].Batch };

    private static SearchSpace SpaceOf(int which) => SearchSpace.Published(Family.AdwUNet) with { BaseWidth = Cases[which].Width, MaxWidth = 4 * Cases[which].Width };

    private static string MiB(long bytes) => $"{bytes / (1 << 20)} MiB";
}
