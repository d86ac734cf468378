using AdwUNet.Evaluation;
using AdwUNet.Experiments;

namespace AdwUNet.Verdict;

/// <summary>What an interval says about a difference.</summary>
public enum Finding
{
    /// <summary>The whole interval lies above 0, and not within the margin.</summary>
    Better,

    /// <summary>The whole interval lies below 0, and not within the margin.</summary>
    Worse,

    /// <summary>The whole interval lies within the margin around 0.</summary>
    Equal,

    /// <summary>None of these.</summary>
    CannotTell,
}

/// <summary>Two methods on the same scans.</summary>
/// <param name="Name">The first method.</param>
/// <param name="Other">The method that it is compared with.</param>
/// <param name="Dice">Mean Dice of the first over the scans.</param>
/// <param name="OtherDice">Mean Dice of the other over the same scans.</param>
/// <param name="Interval">The difference with its 95 % bootstrap interval over the scans, drawn within their fold.</param>
/// <param name="Test">The paired t-test of the paper.</param>
/// <param name="Folds">The folds of the scans.</param>
/// <param name="Margin">Differences below it do not matter.</param>
public sealed record Comparison(
    string Name, string Other, double Dice, double OtherDice, MeanInterval Interval, PairedTTestResult Test, IReadOnlyList<int> Folds, double Margin)
{
    /// <summary>The margin within which two mean Dice count as equal.</summary>
    public const double DefaultMargin = 0.005;

    /// <summary>Compares two methods.</summary>
    /// <param name="results">Results of the first method; several of one scan (seeds) are averaged.</param>
    /// <param name="others">Results of the other method.</param>
    /// <param name="margin">Differences below it do not matter.</param>
    /// <param name="name">The first method's name; that of its variant when null.</param>
    /// <param name="other">The other method's name; that of its variant when null.</param>
    /// <exception cref="ExperimentException">There is no result, or fewer than two scans are common.</exception>
    /// <exception cref="EvaluationException">The margin is not above 0.</exception>
    public static Comparison Of(
        IReadOnlyList<GridResult> results, IReadOnlyList<GridResult> others, double margin = DefaultMargin, string? name = null, string? other = null)
    {
        ScanValues.Require(results, 1, name ?? "A comparison");
        ScanValues.Require(others, 1, other ?? "A comparison");
        return Of(name ?? results[0].Run.Variant.Name, ScanValues.Of(results), other ?? others[0].Run.Variant.Name, ScanValues.Of(others), margin);
    }

    /// <summary>What the interval says.</summary>
    public Finding Finding => (Interval.Lower, Interval.Upper) switch
    {
        (var lower, var upper) when lower > -Margin && upper < Margin => Finding.Equal,
        ( > 0, _) => Finding.Better,
        (_, < 0) => Finding.Worse,
        _ => Finding.CannotTell,
    };

    /// <summary>The finding with its figures, as a sentence.</summary>
    public string Sentence
    {
        get
        {
            var figures = $"mean Dice {Words.Dice(Dice)} against {Words.Dice(OtherDice)}, difference {Words.Signed(Interval.Mean)} (95 % interval "
                + $"{Words.Signed(Interval.Lower)} to {Words.Signed(Interval.Upper)}) on {Words.Count(Folds.Count, "scan")} of {Place}.";
            return Finding switch
            {
                Finding.Equal => $"{Name} and {Other} are equal within {Words.Short(Margin)}: {figures}",
                Finding.Better => $"{Name} is better than {Other} on these scans: {figures}",
                Finding.Worse => $"{Name} is worse than {Other} on these scans: {figures}",
                _ => $"The scans cannot tell {Name} from {Other}: {figures}",
            };
        }
    }

    private string Place => Folds.Distinct().Order().ToArray() is [var fold] ? $"fold {fold}" : $"folds {string.Join(", ", Folds.Distinct().Order())}";

    internal static Comparison Of(
        string name, IReadOnlyDictionary<(int Fold, string Case), double> values, string other, IReadOnlyDictionary<(int Fold, string Case), double> others,
        double margin)
    {
        if (!(margin > 0))
        {
            throw new EvaluationException($"The margin is {margin}; it must be a number above 0.");
        }

        var (folds, lists) = ScanValues.Common(values, others);
        return new(
            name, other, lists[0].Average(), lists[1].Average(), Statistics.BootstrapInterval(lists[0], lists[1], folds),
            Statistics.PairedTTest(lists[0], lists[1]), folds, margin);
    }
}
