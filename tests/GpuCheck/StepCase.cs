using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using AdwUNet.Architectures;
using AdwUNet.Augmentation;
using AdwUNet.Experiments;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.GpuCheck;

/// <summary>Who computes a step.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Who>))]
internal enum Who
{
    /// <summary>The plain transcription on libtorch, in float32.</summary>
    Plain,

    /// <summary>The library.</summary>
    Library,

    /// <summary>The transcription in PyTorch (<c>check-gpu.py</c>).</summary>
    PyTorch,
}

/// <summary>Steps of one network, measured in a process of its own: its memory is then known, and an error ends nothing else.</summary>
/// <param name="Task">The paper's task, such as <c>Task01_BrainTumour</c>.</param>
/// <param name="IsSupernet">Its supernet; else the network that the authors published.</param>
/// <param name="Who">Who computes.</param>
/// <param name="IsHalf">bfloat16; else float32.</param>
/// <param name="Device">The device's name.</param>
/// <param name="IsMiniature">A small network on a small patch.</param>
/// <param name="Seconds">For each kind of step.</param>
/// <param name="ComparesOptions">Whether the library's steps with and without options of the card are compared (<see cref="OptionSteps"/>).</param>
internal sealed record StepCase(string Task, bool IsSupernet, Who Who, bool IsHalf, string Device, bool IsMiniature, double Seconds, bool ComparesOptions = false)
{
    /// <summary>The command that the fresh process is given.</summary>
    public const string Command = "measure-steps";

    private const int WarmUp = 3; // the first steps choose algorithms and make gradients, momenta and memory pools
    private const int Least = 2;

    /// <summary>The published plan, or a small one of the same channels and classes.</summary>
    [JsonIgnore]
    public Plan Plan
    {
        get
        {
            var plan = PaperTask.All.Single(task => task.Dataset == Task).PublishedPlan();
            if (!IsMiniature)
            {
                return plan;
            }

            const int poolings = 2;
            int Edge(int axis) => 4 * plan.PoolKernels.Take(poolings).Aggregate(1, (product, kernel) => product * kernel[axis]);
            return plan with
            {
                PoolKernels = [.. plan.PoolKernels.Take(poolings)],
                ConvKernels = [.. plan.ConvKernels.Take(poolings + 1)],
                PatchSize = new(Edge(0), Edge(1), Edge(2)),
                MedianShape = Shape3.Cube(24),
            };
        }
    }

    /// <summary>The network in words.</summary>
    [JsonIgnore]
    public string Network => $"{Task.Split('_')[^1]}, {(IsSupernet ? "supernet" : "published")}";

    /// <summary>The search space of the supernet.</summary>
    [JsonIgnore]
    public SearchSpace Space => IsMiniature ? SearchSpace.Published(Family.AdwUNet) with { BaseWidth = 6, MaxWidth = 12 } : SearchSpace.Published(Family.AdwUNet);

    /// <summary>The architecture of the published network.</summary>
    [JsonIgnore]
    public Architecture Architecture => IsMiniature
        ? Architecture.FromWidths([[6, 6], [12], [12, 12], [12], [6]])
        : PaperTask.All.Single(task => task.Dataset == Task).Published!;

    /// <summary>Measures in a fresh process.</summary>
    public StepResult Measure()
    {
        var arguments = JsonSerializer.Serialize(this);
        return Who == Who.PyTorch ? PyTorchSteps.Measure(this) : Child.Run(Child.Self(Command, arguments), TimeSpan.FromSeconds(120 + (10 * Seconds)));
    }

    /// <summary>What the fresh process does: writes the result as its last line.</summary>
    public static int RunHere(string json)
    {
        StepResult result;
        try
        {
            var of = JsonSerializer.Deserialize<StepCase>(json)!;
            result = of.ComparesOptions ? OptionSteps.Measure(of, Devices.Parse(of.Device)) : of.RunHere();
        }
        catch (Exception error)
        {
            result = new() { Error = OutOfMemory.IsOfGpu(error) ? "out of the card's memory" : OutOfMemory.Is(error) ? "out of the host's memory" : error.Message.Split('\n')[0] };
        }

        Console.WriteLine(JsonSerializer.Serialize(result));
        return 0;
    }

    private StepResult RunHere()
    {
        var device = Devices.Parse(Device);
        var isCuda = device.type == DeviceType.CUDA;
        var before = isCuda ? CudaCard.Memory(device).Free : 0;
        using var steps = TimedSteps.Create(this, device);
        using var loader = Loader(device, threads: 0);
        using var same = loader.Next();
        var weight = Median(() => steps.Weight(same));
        double? architecture = IsSupernet ? Median(() => steps.Architecture(same)) : null;
        var memory = isCuda ? before - CudaCard.Memory(device).Free : Process.GetCurrentProcess().PeakWorkingSet64;
        using var ahead = Loader(device, BatchLoader.Automatic);
        var waited = 0.0;
        var taken = 0;
        var fed = Median(() =>
        {
            var clock = Stopwatch.StartNew();
            using var batch = ahead.Next();
            waited += ++taken > WarmUp ? clock.Elapsed.TotalSeconds : 0;
            steps.Weight(batch);
        });
        return new()
        {
            Weight = weight,
            Architecture = architecture,
            Fed = fed,
            Waited = waited / Math.Max(1, taken - WarmUp),
            LoaderThreads = ahead.Threads,
            Bytes = memory,
            Arithmetic = steps.Arithmetic,
        };
    }

    /// <summary>Batches of noise with the plan's shapes.</summary>
    public BatchLoader Loader(Device device, int threads)
    {
        var plan = Plan;
        NoiseCase[] cases = [.. Enumerable.Range(0, 2).Select(i => new NoiseCase(i, plan.MedianShape, plan.Modalities.Count, plan.Classes.Count))];
        return new(cases, plan, new SamplingOptions { Augmentation = AugmentationOptions.Default }, seed: 1, "check", threads: threads, device: device);
    }

    private double Median(Action step)
    {
        for (var i = 0; i < WarmUp; i++)
        {
            step();
        }

        var all = Stopwatch.StartNew();
        List<double> seconds = [];
        while (seconds.Count < Least || all.Elapsed.TotalSeconds < Seconds)
        {
            var clock = Stopwatch.StartNew();
            step(); // ends with the loss on the host
            seconds.Add(clock.Elapsed.TotalSeconds);
        }

        return seconds.Order().ElementAt(seconds.Count / 2);
    }
}

/// <summary>What a measurement gave.</summary>
internal sealed record StepResult
{
    /// <summary>Seconds of a step on the weights, always of the same batch.</summary>
    public double? Weight { get; init; }

    /// <summary>Seconds of a step on alphas and betas.</summary>
    public double? Architecture { get; init; }

    /// <summary>Seconds of a step on the weights with a loader and its augmentation.</summary>
    public double? Fed { get; init; }

    /// <summary>Seconds of it in which the batch was waited for.</summary>
    public double? Waited { get; init; }

    /// <summary>Threads of the loader in the end.</summary>
    public int? LoaderThreads { get; init; }

    /// <summary>The card's memory that the process took, with what its allocator keeps; on a CPU the peak of the process.</summary>
    public long? Bytes { get; init; }

    /// <summary>Seconds of a step on the weights with deterministic algorithms; null where they cannot be asked for.</summary>
    public double? Deterministic { get; init; }

    /// <summary>Seconds of a step on the weights with the channels of a voxel side by side.</summary>
    public double? ChannelsLast { get; init; }

    /// <summary>How much the loss of the first step differs between the two layouts, relative.</summary>
    public double? LayoutDifference { get; init; }

    /// <summary>How many steps were compared.</summary>
    public int? Rounds { get; init; }

    /// <summary>The effective precision and what computes.</summary>
    public string? Arithmetic { get; init; }

    /// <summary>Why there are no times.</summary>
    public string? Error { get; init; }
}
