using AdwUNet.Architectures;
using AdwUNet.Evaluation;
using AdwUNet.Planning;
using AdwUNet.Runs;

namespace AdwUNet.Experiments;

/// <summary>The result of a run: the content of its <c>outcome.json</c>, identical bit for bit for two runs with the same seed on one machine.</summary>
/// <param name="Settings">The hash of the variant's settings.</param>
/// <param name="Architecture">The network that was trained.</param>
/// <param name="Weights">Its number of weights.</param>
/// <param name="ForwardFlops">Floating-point operations of a forward pass on one patch of the plan.</param>
/// <param name="Cases">Dice and Hausdorff distance of each scan of the fold, in its own geometry.</param>
internal sealed record RunOutcome(
    string Settings, TrainedArchitecture Architecture, long Weights, long ForwardFlops, IReadOnlyList<CaseResult> Cases)
{
    public const string FileName = "outcome.json";

    /// <summary>The content hashes of the cases.</summary>
    public IReadOnlyDictionary<string, string?> Content { get; init; } = CaseContent.Of();

    public static RunOutcome Of(GridRun run, Architecture architecture, Plan plan, IReadOnlyList<ScanResult> scans)
    {
        var cost = NetworkCost.Of(architecture, plan with { BatchSize = 1 });
        return new(run.Variant.Hash, new(architecture.Family, architecture.Widths), cost.Weights, cost.ForwardFlops, [.. scans.Select(scan => scan.Case)]);
    }

    /// <exception cref="RunException">The file is missing or damaged, or that of other settings.</exception>
    public static RunOutcome Load(GridRun run)
    {
        var outcome = JsonFile.Load<RunOutcome>(run.OutcomePath, (message, error) => new RunException(message, error));
        if (outcome.Settings != run.Variant.Hash)
        {
            run.RequireSameSettings();
            throw new RunException($"{run.OutcomePath} is the result of other settings; delete its folder to compute it again.");
        }

        return outcome;
    }

    public GridResult ResultOf(GridRun run) => new(
        run, Architectures.Architecture.FromWidths(Architecture.Widths, Architecture.Family), Weights, ForwardFlops, new EvaluationReport(Cases));

    public void Save(string path) => JsonFile.Save(path, this);
}
