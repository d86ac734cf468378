using AdwUNet.Architectures;
using AdwUNet.Evaluation;
using AdwUNet.Experiments;

namespace AdwUNet.Runs.Tests.Verdict;

/// <summary>Results with given figures, without runs.</summary>
internal static class MadeResults
{
    public static RunOrigin Origin { get; } = new("1.0.0+abc", "EPYC", 1, "bfloat16");

    /// <summary>A run of a variant of its own.</summary>
    public static GridRun Run(string variant, int fold = 0, int seed = 1, ArchitectureSource? source = null) =>
        new Experiment("unused", "phantom", Profile.Check, "cpu").Grid("grid", folds: [fold], seeds: [seed])
            .Add(variant, e => e with { Architecture = source ?? ArchitectureSource.Manual }).Runs[0];

    /// <summary>A result with the Dice of each scan of one class.</summary>
    public static GridResult Of(GridRun run, double[] dice, long flops = 2000, IReadOnlyList<CurvePoint>? curve = null) => new(
        run, Architecture.FromWidths([[4], [8], [4]]), 1000, flops, new EvaluationReport([.. dice.Select((value, i) => new CaseResult
        {
            Case = $"case_{run.Fold}_{i:D3}",
            Classes =
            [
                new() { Class = "organ", Presence = ClassPresence.Both, Dice = value, HausdorffDistance95 = 10 * (1 - value), ReferenceVoxels = 100, PredictionVoxels = 90 },
            ],
        })]))
    {
        Cost = new(curve?.Where(p => p.Stage == CurvePoint.Search).Sum(p => p.Seconds) ?? 0, curve?.Where(p => p.Stage == CurvePoint.Training).Sum(p => p.Seconds) ?? 1, 1, 1),
        Curve = curve ?? [new(CurvePoint.Training, 0, 1, 0.5, dice.Average())],
        Origin = Origin,
    };

    /// <summary>The same of a variant of its own.</summary>
    public static GridResult Of(string variant, double[] dice, int seed = 1, int fold = 0, long flops = 2000, IReadOnlyList<CurvePoint>? curve = null) =>
        Of(Run(variant, fold, seed), dice, flops, curve);
}
