using AdwUNet.Experiments;

namespace AdwUNet.Verdict;

/// <summary>What a network gains over nnU-Net's manual one: as the paper prints it for Task05_Prostate, and in results of the hippocampus study.</summary>
/// <param name="Network">The network's name in the paper's Table 5, such as <c>depth × 1.5</c>.</param>
/// <param name="Printed">Printed mean Dice of five folds minus that of nnU-Net.</param>
/// <param name="Ours">The same networks of the study on the folds that both have finished; null where one of them has none.</param>
public sealed record PaperGain(string Network, double Printed, Comparison? Ours)
{
    /// <summary>Every network of Table 5 beside nnU-Net itself.</summary>
    /// <param name="results">Finished runs of <see cref="HippocampusStudy"/>.</param>
    public static IReadOnlyList<PaperGain> Of(GridResults results)
    {
        ArgumentNullException.ThrowIfNull(results);
        var manual = Seed1(HippocampusStudy.Manual);
        return [.. PaperTable5.Rows.Skip(1).Select(row => new PaperGain(row.Name, row.Dice - PaperTable5.Rows[0].Dice, Compare(Seed1(HippocampusStudy.NameOf(row.Name)))))];

        GridResult[] Seed1(string variant) => [.. results.Where(result => result.Run.Variant.Name == variant && result.Run.Seed == 1)];
        Comparison? Compare(GridResult[] network) =>
            network.Any(result => manual.Any(other => other.Run.Fold == result.Run.Fold)) ? Comparison.Of(network, manual) : null;
    }
}
