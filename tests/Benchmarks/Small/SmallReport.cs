using AdwUNet.Benchmarks.Measuring;
using AdwUNet.Benchmarks.Report;
using AdwUNet.Benchmarks.Steps;
using AdwUNet.Cpu;

namespace AdwUNet.Benchmarks.Small;

/// <summary>Times at the widths of a laptop, as a table.</summary>
internal static class SmallReport
{
    /// <summary>Adds the table to a report.</summary>
    /// <param name="report">To what.</param>
    /// <param name="times">What was measured.</param>
    /// <param name="peak">Operations a second of the fastest matrix product of the run.</param>
    public static void Write(Markdown report, SmallTimes times, double peak) => report
        .Heading(2, "At the widths of a laptop")
        .Paragraph(
            $"The library computes in {Implementations.Fastest.Title()}. Its baselines take turns with it: the transcription by libtorch in float32, the same with weights, activations and momenta in bfloat16, and "
            + (PyTorchProcess.Version is { } version ? $"`plain_unet.py`, a transcription in PyTorch {version} in float32, in a process of its own that waits while the others compute" : "PyTorch, which is missing here (apt-get install python3-torch)")
            + $". Each × says how many times faster the library is. The peak is {peak / 1e9:0} GFLOP/s.")
        .Table(
            ["", "GFLOP", "library", "share of peak", "libtorch float32", "×", "libtorch bfloat16", "×", "PyTorch float32", "×"],
            [.. SmallCase.All.SelectMany(one => one.Kinds.Select(kind => Cells(times, one, kind, peak)))]);

    private static string[] Cells(SmallTimes times, SmallCase one, SmallKind kind, double peak)
    {
        var (library, flops) = (times[one, kind, SmallContestant.Library], one.Flops(kind));
        var target = Targets(one, kind);
        string[] Against(SmallContestant who, double? least)
        {
            var theirs = times[one, kind, who];
            return theirs.IsEmpty ? [Row.Nothing, Row.Nothing] : [Row.Seconds(theirs), Row.Judged(theirs.Median / library.Median, least)];
        }

        return
        [
            $"{one.Name}, {Title(kind)}",
            Row.Number(flops / 1e9),
            Row.Seconds(library),
            peak > 0 ? Row.Judged(flops / library.Median / peak, Implementations.Fastest == Implementation.BFloat16 ? target.Share : null) : Row.Nothing,
            .. Against(SmallContestant.PlainFloat32, target.Float32),
            .. Against(SmallContestant.PlainBFloat16, target.BFloat16),
            .. Against(SmallContestant.PyTorch, null),
        ];
    }

    private static (double? Share, double? Float32, double? BFloat16) Targets(SmallCase one, SmallKind kind) => kind switch
    {
        _ when !one.Name.StartsWith("laptop", StringComparison.Ordinal) => (null, null, null),
        SmallKind.Weight or SmallKind.Architecture or SmallKind.Training when !CpuFeatures.Avx512 => (null, TargetTable.TimesOnAvx2, null),
        SmallKind.Weight or SmallKind.Architecture => (0.8, 5, 4),
        SmallKind.Training => (0.75, 5, 4),
        _ => (null, null, null),
    };

    private static string Title(SmallKind kind) => kind switch
    {
        SmallKind.Weight => "weight step",
        SmallKind.Architecture => "architecture step",
        SmallKind.Gradients => "forward and backward",
        SmallKind.Training => "whole training step",
        _ => $"prediction of a case, {SmallCase.Mirrorings} mirrorings",
    };
}
