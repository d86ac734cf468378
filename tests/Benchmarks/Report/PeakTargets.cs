using AdwUNet.Architectures;
using AdwUNet.Benchmarks.Steps;
using AdwUNet.Planning;

namespace AdwUNet.Benchmarks.Report;

/// <summary>
/// The targets beside the reference, said in a way that does not depend on how fast a machine multiplies: to be so many times faster than the
/// reference where that was measured, a step must do its operations at some share of the rate of the fastest matrix product there.
/// </summary>
internal static class PeakTargets
{
    /// <summary>Adds the table to a report.</summary>
    /// <param name="report">To what.</param>
    /// <param name="times">What was measured, in bfloat16 too.</param>
    /// <param name="rate">Operations a second of the fastest bfloat16 matrix product of the run.</param>
    public static void Write(Markdown report, StepTimes times, double rate) => report
        .Heading(2, "The targets on a machine of another speed")
        .Paragraph(
            $"The reference's machine multiplied {Reference.MatrixProducts / 1e9:0} GFLOP/s in bfloat16, this one {rate / 1e9:0}. A weight step of the AdwU-Net supernet that made every product of its convolutions at this machine's rate, "
            + $"and nothing else, would be {Row.Number(Reference.Seconds(Family.AdwUNet, StepKind.Weight)!.Value * rate / Flops(Family.AdwUNet, StepKind.Weight))} times as fast as the reference. "
            + "So each target is also said as a share of the peak: the convolutions' operations, divided by the time and by the rate of the fastest bfloat16 matrix product. "
            + "Operations are counted by the definition; most convolutions of stride 1 make fewer products (Winograd's F(2, 3): four for nine along y and x, two for three along x in gradients of weights), so a share may be above 1. "
            + "Where matrix products are made by another instruction than the library's (AMX), the comparison says less.")
        .Table(["in bfloat16", "GFLOP", "target", "share of the peak that it takes on the reference's machine", "share of the peak, this run"], [.. Rows(times, rate)]);

    private static IEnumerable<string[]> Rows(StepTimes times, double rate)
    {
        foreach (var (family, kind) in Cases())
        {
            var samples = times[family, Implementation.BFloat16, kind];
            if (!samples.IsEmpty)
            {
                var (flops, target) = (Flops(family, kind), TargetTable.TimesInBFloat16(family, kind));
                var wanted = flops / (Reference.Seconds(family, kind)!.Value / target) / Reference.MatrixProducts;
                yield return
                [
                    $"{(family is { } one ? TargetTable.Title(one) : "derived network")} {TargetTable.Title(kind)}",
                    Row.Number(flops / 1e9),
                    $"≥ {Row.Number(target)}×",
                    Row.Number(wanted),
                    Row.Judged(flops / samples.Median / rate, wanted),
                ];
            }
        }
    }

    private static IEnumerable<(Family? Family, StepKind Kind)> Cases() =>
    [
        .. from family in Enum.GetValues<Family>() from kind in new[] { StepKind.Weight, StepKind.Architecture } select ((Family?)family, kind),
        (null, StepKind.Forward),
        (Family.AdwUNet, StepKind.Iteration),
        (Family.AdwUNet, StepKind.JointIteration),
    ];

    private static double Flops(Family? family, StepKind kind)
    {
        var cost = family is { } one
            ? NetworkCost.Of(SearchSpace.Published(one), Hippocampus.Plan)
            : NetworkCost.Of(Derived.Architecture, Hippocampus.Plan);
        return kind switch
        {
            StepKind.Forward => cost.ForwardFlops,
            StepKind.Architecture => cost.ArchitectureStepFlops,
            StepKind.Iteration => (2.0 * cost.ArchitectureStepFlops) + cost.WeightStepFlops,
            StepKind.JointIteration => (double)cost.ArchitectureStepFlops + cost.WeightStepFlops, // a joint step has a weight step's convolutions
            _ => cost.WeightStepFlops,
        };
    }
}
