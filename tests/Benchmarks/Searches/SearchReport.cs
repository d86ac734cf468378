using System.Globalization;
using AdwUNet.Architectures;
using AdwUNet.Benchmarks.Measuring;
using AdwUNet.Benchmarks.Report;
using AdwUNet.Evaluation;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Search;

namespace AdwUNet.Benchmarks.Searches;

/// <summary>What came of the searches: one by one, and how far two of them agree.</summary>
/// <param name="plan">The plan of their cases.</param>
/// <param name="options">What they share.</param>
/// <param name="epochs">Their epochs where those are not the profile's.</param>
/// <param name="dataset">The dataset's name.</param>
internal sealed class SearchReport(Plan plan, SearchOptions options, int? epochs, string dataset)
{
    private readonly IReadOnlyList<string> _machine = Machine.Describe();

    private static IEnumerable<ComparedSearch> Finished => ComparedSearch.All.Where(run => run.History.Count > 0);

    /// <summary>Writes it of the searches that are finished.</summary>
    public void Write(string path)
    {
        var command = $"dotnet run --project tests/Benchmarks -c Release -- --searches --data data/{dataset}{(epochs is { } count ? $" --epochs {count}" : "")}";
        var report = new Markdown()
            .Heading(1, "Searches in two orders and two precisions")
            .Paragraph($"Made by `{command}`; {Finished.Count()} of {ComparedSearch.All.Count} searches are finished.")
            .List(_machine)
            .Paragraph(
                $"Searches of the profile `laptop` on {dataset} (fold 0, AdwU-Net, {options.Epochs} epochs of {options.IterationsPerEpoch} iterations, {options.WarmUpEpochs} of them warm-up"
                + $"{(epochs is null ? "" : ": fewer than the profile's, in the same proportion")}) "
                + "that differ in what the table says alone. Loss and Dice are those of validation patches, of the supernet with its noise, as moving averages (0.9) from the first epoch "
                + "to the last, and Dice once more as the mean of the last five epochs. Minutes are the epochs' own, on a machine that may have had other work.")
            .Table(
                ["order", "precision (what it came to)", "seed", "loss", "Dice", "Dice, last 5", "min", "derived architecture", "weights"],
                [.. Finished.Select(Cells)]);
        Agreements(report);
        Differences(report);
        File.WriteAllText(path, report.ToString());
    }

    private IReadOnlyList<string> Cells(ComparedSearch run)
    {
        var text = run.History[^1].Architecture;
        var cost = NetworkCost.Of(Architecture.Parse(text), plan);
        return
        [
            $"{run.Order}".ToLowerInvariant(), $"{run.Precision} ({run.Arithmetic})".ToLowerInvariant(), $"{run.Seed}", Number(run.Loss), Number(run.Dice), Number(run.LastDice),
            run.Minutes.ToString("0.0", CultureInfo.InvariantCulture), $"`{text}`", cost.Weights.ToString("N0", CultureInfo.InvariantCulture),
        ];
    }

    private static void Agreements(Markdown report)
    {
        (string Name, Func<ComparedSearch, ComparedSearch, bool> Differ)[] kinds =
        [
            ("precision: float32 against bfloat16, published order, same seed", (a, b) => a.Order == b.Order && a.Seed == b.Seed),
            ("order: published against joint, bfloat16, same seed", (a, b) => a.Precision == b.Precision && a.Seed == b.Seed),
            ("seed: published order, bfloat16", (a, b) => a.Precision == b.Precision && (a.Order, b.Order) == (MixedLevelOrder.Published, MixedLevelOrder.Published)),
            ("seed: joint order, bfloat16", (a, b) => a.Precision == b.Precision && (a.Order, b.Order) == (MixedLevelOrder.Joint, MixedLevelOrder.Joint)),
        ];
        var runs = Finished.ToArray();
        var pairs = runs.SelectMany((a, i) => runs.Skip(i + 1).Select(b => (A: a, B: b))).ToArray();
        var rows = kinds.Select(kind => (kind.Name, Shares: pairs.Where(pair => kind.Differ(pair.A, pair.B)).Select(pair => pair.A.Agreement(pair.B)).ToArray()))
            .Where(row => row.Shares.Length > 0)
            .Select(row => (IReadOnlyList<string>)[row.Name, Row.Percent(row.Shares.Average()), string.Join(", ", row.Shares.Select(Row.Percent))])
            .ToArray();
        report.Paragraph(
                $"How many of the {runs[0].Decisions.Count} decisions (the depth of each block, the width of each convolution, used or not) two searches have in common; "
                + $"two that decide by lot would have {Row.Percent(runs[0].Chance)}.")
            .Table(["what differs", "equal decisions, mean", "each pair"], rows);
    }

    private static void Differences(Markdown report)
    {
        var inBFloat16 = Finished.Where(run => run.Precision == Precision.BFloat16).ToLookup(run => run.Order);
        var pairs = inBFloat16[MixedLevelOrder.Joint]
            .Join(inBFloat16[MixedLevelOrder.Published], joint => joint.Seed, published => published.Seed, (joint, published) => (Joint: joint, Published: published)).ToArray();
        if (pairs.Length == 0)
        {
            return;
        }

        string Of(Func<ComparedSearch, double> value) =>
            $"{Signed(pairs.Average(pair => value(pair.Joint) - value(pair.Published)))} ({string.Join(", ", pairs.Select(pair => Signed(value(pair.Joint) - value(pair.Published))))})";
        string Range(Func<ComparedSearch, double> value) =>
            Number(inBFloat16[MixedLevelOrder.Published].Max(value) - inBFloat16[MixedLevelOrder.Published].Min(value));
        report.Paragraph("Joint minus published, same seed (mean, and each seed), beside how far the seeds of the published order lie apart:")
            .Table(
                ["", "joint − published", "largest − smallest of the published order's seeds"],
                [
                    ["loss", Of(run => run.Loss), Range(run => run.Loss)],
                    ["Dice", Of(run => run.Dice), Range(run => run.Dice)],
                    ["Dice, last 5", Of(run => run.LastDice), Range(run => run.LastDice)],
                ]);
    }

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Signed(double value) => value.ToString("+0.000;−0.000", CultureInfo.InvariantCulture);
}
