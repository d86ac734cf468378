using System.Diagnostics;
using AdwUNet.Architectures;
using AdwUNet.Benchmarks.Growth;
using AdwUNet.Benchmarks.Layers;
using AdwUNet.Benchmarks.Loading;
using AdwUNet.Benchmarks.Measuring;
using AdwUNet.Benchmarks.Preprocessing;
using AdwUNet.Benchmarks.Report;
using AdwUNet.Benchmarks.Scans;
using AdwUNet.Benchmarks.Small;
using AdwUNet.Benchmarks.Steps;
using AdwUNet.Cpu;
using AdwUNet.Experiments;

namespace AdwUNet.Benchmarks;

/// <summary>A part of a run.</summary>
internal enum Part
{
    /// <summary>Steps and forward passes.</summary>
    Steps,

    /// <summary>Steps and predictions at the widths of a laptop.</summary>
    Small,

    /// <summary>Peak memory of fresh processes.</summary>
    Memory,

    /// <summary>Waiting for data.</summary>
    Loading,

    /// <summary>Preprocessing against scikit-image.</summary>
    Preprocessing,

    /// <summary>A full-size scan from files to a segmented file; not in a quick run.</summary>
    FullScan,

    /// <summary>Every convolution by itself; not in a quick run.</summary>
    Layers,

    /// <summary>How cost grows; not in a quick run.</summary>
    Growth,
}

/// <summary>Measures everything and writes the report.</summary>
/// <param name="isQuick">Few repetitions, no growth.</param>
/// <param name="parts">What to measure.</param>
internal sealed class BenchmarkRun(bool isQuick, IReadOnlyList<Part> parts)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly IReadOnlyList<string> _machine = Machine.Describe();
    private readonly MatrixProducts _products = new();
    private readonly List<Row> _rows = [];
    private readonly List<(string Name, IReadOnlyList<LayerTimes> Times)> _layers = [];
    private readonly List<GrowthSeries> _growth = [];
    private readonly SmallTimes _small = new();
    private double? _difference;

    /// <summary>Measures the parts, saying on the error stream how far it is.</summary>
    public void Measure()
    {
        OneDnnCaches.Mend();
        if (parts.Contains(Part.Steps))
        {
            MeasureSteps();
        }

        Do(Part.Small, () =>
        {
            _products.Measure();
            _small.MeasureAll(isQuick ? new(5, 9, 20) : new(9, 41, 60));
            _products.Measure();
        });
        Do(Part.Memory, () => _rows.AddRange(TargetTable.MemoryOf(MemoryCases().ToDictionary(one => one, one => one.Measure()))));
        Do(Part.Loading, () => _rows.AddRange(TargetTable.Waiting(WaitingTime.Measure(isQuick ? new(1, 1, 0) : new(3, 10, 60)))));
        Do(Part.Preprocessing, () => _rows.AddRange(TargetTable.Preprocessing(
            PreprocessingCase.All.Keys.Where(key => !isQuick || key != "ct-slices").Select(key => PreprocessingTimes.Measure(key, isQuick ? new(1, 2, 5) : new(3, 3, 0))))));
        if (!isQuick)
        {
            Do(Part.FullScan, () => _rows.AddRange(TargetTable.FullScan(FullScan.Measure())));
            if (CpuFeatures.Kernels)
            {
                Do(Part.Layers, () =>
                {
                    _products.Measure();
                    var space = SearchSpace.Published(Family.AdwUNet);
                    _layers.Add(("AdwU-Net, 48 to 384", LayerProfile.Measure(space, new(3, 9, 60))));
                    _layers.Add(("AdwU-Net of the profile laptop, 12 to 96", LayerProfile.Measure(Profile.Laptop.Space(Family.AdwUNet), new(9, 27, 30))));
                });
            }

            Do(Part.Growth, () => _growth.AddRange(GrowthSeries.MeasureAll()));
        }
    }

    /// <summary>Prints the report and writes it to a file, where one is given or wanted.</summary>
    public void Write(string? path)
    {
        if (path is null && !isQuick)
        {
            path = Path.Combine("tests", "Benchmarks", Avx2Process.IsThis ? "AVX2.md" : "RESULTS.md");
        }

        var report = new Markdown()
            .Heading(1, "Benchmarks")
            .Paragraph($"Made by `{(ThreadTime.IsUsed ? "OMP_NUM_THREADS=1 " : "")}dotnet run --project tests/Benchmarks -c Release{Arguments}` in {_clock.Elapsed.TotalMinutes:0.0} minutes.")
            .List([.. _machine, .. Steps()]);
        if (_rows.Count > 0)
        {
            report.Paragraph(
                "The baseline is a TorchSharp transcription of the method without tricks (`Plain/`) in float32, or scikit-image; all ratios are of this run. "
                + "All times are medians of turns taken in one process (± half the distance of the quartiles), those of an iteration sums of its steps; peak memory is VmHWM of a fresh process for each case. "
                + "The share of the peak is the convolutions' operations, divided by the time and by the rate of the fastest matrix product in the same numbers. "
                + "Operations are counted by the definition; most convolutions of stride 1 make fewer products (Winograd's F(2, 3)), so a share may be above 1. "
                + "✓ and ✗ say whether the target is met.")
                .Table(Row.Head, [.. _rows.Select(row => row.Cells)]);
        }

        if (!_small.IsEmpty)
        {
            SmallReport.Write(report, _small, _products.Fastest);
        }

        foreach (var (name, layers) in _layers)
        {
            LayerReport.Write(report, name, layers, _products.Fastest);
        }

        if (_growth.Count > 0)
        {
            GrowthReport.Write(report, _growth, path);
        }

        Console.Write(report);
        if (path is not null)
        {
            File.WriteAllText(path, report.ToString());
        }
    }

    private string Arguments
    {
        get
        {
            string[] arguments = [.. Avx2Process.IsThis ? ["--avx2"] : Array.Empty<string>(), .. isQuick ? ["--quick"] : Array.Empty<string>(), .. parts.Count == Enum.GetValues<Part>().Length ? [] : parts.Select(part => $"--only {part}")];
            return arguments.Length == 0 ? "" : $" -- {string.Join(' ', arguments)}";
        }
    }

    private IEnumerable<string> Steps() => _difference is not { } difference
        ? []
        :
        [
            $"Fastest matrix product of the run, by libtorch: {_products.Float32 / 1e9:0} GFLOP/s in float32" + (_products.BFloat16 > 0 ? $", {_products.BFloat16 / 1e9:0} in bfloat16" : ""),
            Implementations.Fastest == Implementation.BFloat16
                ? "The library is fastest in bfloat16 here"
                : "The library is fastest in float32 here, "
                    + (Implementations.Here.Contains(Implementation.BFloat16) ? "the processor's instruction for bfloat16 being slower" : "the processor having no instruction for bfloat16 (AVX512-BF16)")
                    + ": what is wanted of bfloat16 cannot be said of this machine",
            $"Transcription and library do the same: from equal weights the losses of their steps differ by {difference:0e0} at most",
        ];

    private void MeasureSteps()
    {
        var times = new StepTimes();
        _difference = SameWork.Check();
        _products.Measure();
        foreach (var family in Enum.GetValues<Family>())
        {
            Do(Part.Steps, () => times.MeasureSearch(family, isQuick ? new(2, 3, 12) : new(5, 9, 240), joint: family == Family.AdwUNet), TargetTable.Title(family));
            _products.Measure();
        }

        Do(Part.Steps, () => times.MeasureForward(isQuick ? new(4, 6, 6) : new(11, 21, 60)), "derived network");
        _rows.AddRange(TargetTable.Steps(times, _products));
    }

    private IEnumerable<MemoryCase> MemoryCases()
    {
        StepKind[] kinds = [StepKind.Weight, StepKind.Architecture];
        var all = Implementations.Here.Where(who => !isQuick || who != Implementation.Plain).Reverse().ToArray();
        return
        [
            .. from who in all from kind in kinds select new MemoryCase(Family.AdwUNet, who, kind),
            .. isQuick ? [] : new[] { new MemoryCase(Family.AdwUNet, Implementations.Fastest, StepKind.Joint) },
            .. from family in isQuick ? [] : new[] { Family.AwUNet, Family.AdUNet } from who in all from kind in kinds select new MemoryCase(family, who, kind),
            .. from who in all where !isQuick || who == Implementations.Fastest select new MemoryCase(null, who, StepKind.Forward),
        ];
    }

    private void Do(Part part, Action measure, string? detail = null)
    {
        if (parts.Contains(part))
        {
            Console.Error.WriteLine($"[{_clock.Elapsed:mm\\:ss}] {part}{(detail is null ? "" : $": {detail}")}");
            measure();
        }
    }
}
