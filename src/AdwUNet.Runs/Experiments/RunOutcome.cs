using System.Text.Json;
using AdwUNet.Architectures;
using AdwUNet.Preprocessing;
using AdwUNet.Runs;

namespace AdwUNet.Experiments;

/// <summary>The result of a run: the content of its <c>outcome.json</c>, identical bit for bit for two runs with the same seed on one machine.</summary>
/// <param name="Settings">The hash of the variant's settings.</param>
/// <param name="Content">The hash of the preprocessed cases.</param>
/// <param name="Architecture">The network that was trained.</param>
/// <param name="Weights">Its number of weights.</param>
/// <param name="ForwardFlops">Floating-point operations of a forward pass on one patch of the plan.</param>
/// <param name="Scans">Dice and Hausdorff distance of each scan of the fold, in its own geometry.</param>
internal sealed record RunOutcome(
    string Settings, string Content, TrainedArchitecture Architecture, long Weights, long ForwardFlops, ScanTable Scans)
{
    public const string FileName = "outcome.json";

    public static RunOutcome Of(GridRun run, Architecture architecture, CaseStore store, IReadOnlyList<ScanResult> scans)
    {
        var cost = NetworkCost.Of(architecture, store.Plan with { BatchSize = 1 });
        return new(
            run.Variant.Hash, new StoreContent(store).Hash, new(architecture.Family, architecture.Widths), cost.Weights, cost.ForwardFlops,
            ScanTable.Of([.. scans.Select(scan => scan.Case)]));
    }

    /// <exception cref="RunException">The file is missing or damaged.</exception>
    public static RunOutcome Load(GridRun run)
    {
        var outcome = JsonFile.Load<RunOutcome>(run.OutcomePath, (message, error) => new RunException(message, error));
        return outcome.Scans.IsWhole()
            ? outcome
            : throw new RunException($"{run.OutcomePath} is damaged: its lists of scans differ in length; delete it to evaluate the run again.");
    }

    public GridResult ResultOf(GridRun run) => new(
        run, Architectures.Architecture.FromWidths(Architecture.Widths, Architecture.Family), Weights, ForwardFlops, Scans.ToReport());

    public void Save(string path) => AtomicFile.WriteText(path, JsonSerializer.Serialize(this, JsonFile.Line) + "\n");
}
