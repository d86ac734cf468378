using AdwUNet.Benchmarks.Preprocessing;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace AdwUNet.Benchmarks;

/// <summary>The pieces of preprocessing one by one, under BenchmarkDotNet; where time goes, for whoever works on it.</summary>
[MemoryDiagnoser]
public class MicroBenchmarks
{
    internal const string Command = "micro";

    private PreprocessingCase _scan = null!;
    private Shape3 _to;
    private int? _axis;

    /// <summary>Which scan.</summary>
    [Params("hippocampus", "ct", "ct-slices")]
    public string Scan { get; set; } = "";

    /// <summary>Runs with BenchmarkDotNet's own options, such as <c>--filter *Labels*</c>.</summary>
    internal static void Run(string[] arguments)
    {
        // In this process: a project generated for each benchmark would not have libtorch's mended copy.
        var config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
        BenchmarkSwitcher.FromTypes([typeof(MicroBenchmarks)]).Run(arguments.Length > 0 ? arguments : ["--filter", "*"], config);
    }

    [GlobalSetup]
    public void Setup()
    {
        _scan = PreprocessingCase.All[Scan]();
        _to = Resampling.ShapeAt(_scan.Image.Shape, _scan.Image.Spacing, _scan.Target);
        _axis = Resampling.SeparateAxis(_scan.Image.Spacing, _scan.Target);
    }

    [Benchmark(Baseline = true)]
    public object Whole() => _scan.Process();

    [Benchmark]
    public object Crop() => Cropping.Crop(_scan.Image, _scan.Labels);

    [Benchmark]
    public object Image() => Resampling.Resize(_scan.Image.Data, _scan.Image.Shape, _to, _axis);

    [Benchmark]
    public object Labels() => Resampling.ResizeLabels(_scan.Labels.Data, _scan.Image.Shape, _to, _axis);
}
