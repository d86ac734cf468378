using System.Globalization;
using AdwUNet.Architectures;
using AdwUNet.Benchmarks.Measuring;
using AdwUNet.Benchmarks.Report;
using AdwUNet.Benchmarks.Steps;
using AdwUNet.Imaging;
using AdwUNet.Mixed;
using AdwUNet.Native;
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

    private const int BlocksShown = 40;
    private const string Threshold = "MALLOC_MMAP_THRESHOLD_"; // of glibc
    private const string Mapped = "1048576";
    private const string Threads = "OMP_NUM_THREADS";

    private static readonly (string Name, Shape3 Patch, int Batch, int Width)[] Cases =
    [
        ("one sample", Shape3.Cube(96), 1, 12),
        ("two samples", Shape3.Cube(80), 2, 12),
        ("wider", Shape3.Cube(80), 1, 24),
        ("wide, small patch", Shape3.Cube(48), 1, 48),
    ];

    /// <summary>What the fresh process does: measures the growth of its peak by a step, and prints it. A third argument lists the largest blocks at the peak.</summary>
    public static void RunHere(IReadOnlyList<string> arguments)
    {
        using var scope = NewDisposeScope();
        var which = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        var plan = PlanOf(which);
        var batch = Hippocampus.Batch(plan);
        using var network = new Supernet(plan, SpaceOf(which), 1)
        {
            Precision = Enum.Parse<Precision>(arguments[1]),
            Engines = [new MixedEngine(everywhere: true)],
        };
        var loss = DeepSupervision.Of(plan);
        using (no_grad())
        {
            network.forward(zeros([1, 1, 8, 8, 8])); // libraries load
        }

        AllocationMeter.RecordsBlocks = arguments.Count > 2;
        using var meter = new AllocationMeter();
        var before = ProcessMemory.Now;
        network.Backward(batch.Image, logits => loss.Forward(logits, batch.Targets));
        foreach (var block in AllocationMeter.AtPeak.Take(BlocksShown))
        {
            Console.WriteLine(block);
        }

        Console.WriteLine($"{ProcessMemory.Peak - before} {AllocationMeter.Peak}");
    }

    /// <summary>Measures all cases.</summary>
    public static Markdown Section(Markdown section)
    {
        var rows = from which in Enumerable.Range(0, Cases.Length) from precision in new[] { Precision.Float32, Precision.BFloat16 } select Row(which, precision);
        var (one, two) = (Measured(0, Precision.BFloat16, threads: 1).Allocated, Measured(0, Precision.BFloat16, threads: 2).Allocated);
        return section
            .Paragraph(
                $"One backward pass of a narrow supernet in a fresh process (`Benchmarks {Command} CASE PRECISION`, one thread): the bytes that libtorch's allocator gave out at its peak, as it "
                + "reports them itself (tensors, and the copies and scratch memory of convolutions); the growth of the largest resident memory, with every block above 1 MiB mapped apart "
                + $"(`{Threshold}={Mapped}`) and as the system's allocator does it, which keeps freed blocks of up to 32 MiB for others that may not fit; and the estimate of "
                + "`MixedStepMemory` for a CPU.")
            .Paragraph(
                $"In bfloat16, oneDNN's convolutions take scratch memory for each thread that the estimate leaves out: {MiB(two - one)} a thread in the case \"{Cases[0].Name}\" ({MiB(one)} "
                + $"allocated with one thread, {MiB(two)} with two). On a card, the workspace of cuDNN and the losses of libtorch's allocator are not in the estimate; nobody has measured them.")
            .Table(["case", "computed in", "allocated", "resident, mapped apart", "resident", "estimate", "estimate / allocated"], [.. rows]);
    }

    private static IReadOnlyList<string> Row(int which, Precision precision)
    {
        var resident = Measured(which, precision).Resident;
        var (apart, allocated) = Measured(which, precision, mapped: Mapped);
        var estimate = MixedStepMemory.Of(NetworkCost.Of(SpaceOf(which), PlanOf(which)), PlanOf(which), precision, isOnCpu: true).Step;
        return
        [
            Cases[which].Name, precision.ToString().ToLowerInvariant(), MiB(allocated), MiB(apart), MiB(resident), MiB(estimate),
            ((double)estimate / allocated).ToString("P0", CultureInfo.InvariantCulture),
        ];
    }

    private static (long Resident, long Allocated) Measured(int which, Precision precision, int threads = 1, string? mapped = null)
    {
        var before = Environment.GetEnvironmentVariable(Threads);
        try
        {
            Environment.SetEnvironmentVariable(Threads, threads.ToString(CultureInfo.InvariantCulture));
            Environment.SetEnvironmentVariable(Threshold, mapped);
            var bytes = Child.Run(Command, which.ToString(CultureInfo.InvariantCulture), precision.ToString()).Split(' ').Select(text => long.Parse(text, CultureInfo.InvariantCulture)).ToArray();
            return (bytes[0], bytes[1]);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Threads, before);
            Environment.SetEnvironmentVariable(Threshold, null);
        }
    }

    private static Plan PlanOf(int which) => Hippocampus.Plan with { PatchSize = Cases[which].Patch, BatchSize = Cases[which].Batch };

    private static SearchSpace SpaceOf(int which) => SearchSpace.Published(Family.AdwUNet) with { BaseWidth = Cases[which].Width, MaxWidth = 4 * Cases[which].Width };

    private static string MiB(long bytes) => $"{bytes / (1 << 20)} MiB";
}
