using System.Globalization;

namespace AdwUNet.Planning;

/// <summary>The cases of one fold.</summary>
/// <param name="TrainA">Half of the training cases, in the order in which they were drawn: architecture steps.</param>
/// <param name="TrainB">The other half, in the order of the ids: architecture and weight steps.</param>
/// <param name="Validation">Cases that neither half contains (but for <see cref="Splits.All"/>).</param>
public sealed record Split(
    IReadOnlyList<string> TrainA,
    IReadOnlyList<string> TrainB,
    IReadOnlyList<string> Validation)
{
    /// <summary>Both halves in the order of the ids: what retraining uses.</summary>
    public IReadOnlyList<string> Train => [.. TrainA.Concat(TrainB).Order(StringComparer.Ordinal)];
}

/// <summary>
/// Which cases train and which validate, the same as in nnU-Net v1 and the published search: five folds of scikit-learn's
/// <c>KFold(5, shuffle=True, random_state=12345)</c>, and half of the training cases drawn with
/// <c>RandomState(2021)</c>.
/// </summary>
public static class Splits
{
    /// <summary>The number of folds of the cross-validation (nnU-Net v1).</summary>
    public const int FoldCount = 5;

    /// <summary>The number of the fold in which every case trains and validates: nnU-Net's fold <c>all</c>, on which the authors search.</summary>
    public const int AllCases = -1;

    /// <summary>The seed of the cross-validation, and with the fold added that of the folds beyond it (nnU-Net v1).</summary>
    public const uint FoldSeed = 12345;

    /// <summary>The seed with which the training cases are halved (published search).</summary>
    public const uint HalvesSeed = 2021;

    /// <summary>The share of the training cases in the first half (published search).</summary>
    public const double ShareOfA = 0.5;

    /// <summary>The share of training cases in folds beyond the cross-validation (nnU-Net v1).</summary>
    public const double ShareOfTraining = 0.8;

    /// <summary>
    /// One fold. Folds 0 to 4 are those of the cross-validation; every further number is a random 80:20 split of its own. <see cref="AllCases"/> is
    /// <see cref="All"/>.
    /// </summary>
    /// <param name="caseIds">The dataset's cases, in any order.</param>
    /// <param name="fold">The fold, from 0, or <see cref="AllCases"/>.</param>
    /// <param name="shareOfA">The share of the training cases in the first half.</param>
    /// <exception cref="PlanException">There are too few cases, or two of the same name.</exception>
    public static Split Fold(IEnumerable<string> caseIds, int fold, double shareOfA = ShareOfA)
    {
        if (fold == AllCases) return All(caseIds, shareOfA);
        ArgumentOutOfRangeException.ThrowIfNegative(fold);
        var ids = Sorted(caseIds, FoldCount);
        var inTraining = fold < FoldCount ? CrossValidation(ids.Length, fold) : RandomSplit(ids.Length, fold);
        string[] train = [.. ids.Where((_, i) => inTraining[i])];
        string[] validation = [.. ids.Where((_, i) => !inTraining[i])];
        return Halve(train, validation, shareOfA);
    }

    /// <summary>Every case for training and for validation as well (nnU-Net's fold "all").</summary>
    /// <param name="caseIds">The dataset's cases, in any order.</param>
    /// <param name="shareOfA">The share of the cases in the first half.</param>
    /// <exception cref="PlanException">There are fewer than two cases, or two of the same name.</exception>
    public static Split All(IEnumerable<string> caseIds, double shareOfA = ShareOfA)
    {
        var ids = Sorted(caseIds, 2);
        return Halve(ids, ids, shareOfA);
    }

    /// <summary>The name of a fold in texts and folders: its number, or <c>all</c>.</summary>
    internal static string NameOf(int fold) => fold == AllCases ? "all" : fold.ToString(CultureInfo.InvariantCulture);

    /// <summary>Why a number of cases is too few for the folds, with what would do; null where they are enough. Ask before preprocessing.</summary>
    /// <param name="cases">Labelled cases.</param>
    public static string? TooFew(int cases) => cases >= FoldCount
        ? null
        : $"{cases} labelled case(s) cannot be split into {FoldCount} folds of training and validation; add at "
            + $"least {FoldCount - cases}, or train on all cases without a validation part (Splits.All, which needs 2).";

    private static string[] Sorted(IEnumerable<string> caseIds, int atLeast)
    {
        string[] ids = [.. caseIds.Order(StringComparer.Ordinal)];
        if (ids.Length < atLeast)
        {
            throw new PlanException($"Found {ids.Length} cases where a split needs at least {atLeast}; add cases to the dataset.");
        }

        for (var i = 1; i < ids.Length; i++)
        {
            if (ids[i] == ids[i - 1])
            {
                throw new PlanException($"The case {ids[i]} is listed twice; give every case a name of its own.");
            }
        }

        return ids;
    }

    private static bool[] CrossValidation(int count, int fold)
    {
        var order = new NumpyRandomState(FoldSeed).Permutation(count);

        // As scikit-learn: the first (count mod folds) folds have one case more.
        var size = count / FoldCount;
        var larger = count % FoldCount;
        var start = (fold * size) + Math.Min(fold, larger);
        var length = size + (fold < larger ? 1 : 0);
        var inTraining = new bool[count];
        Array.Fill(inTraining, true);
        foreach (var index in order.AsSpan(start, length))
        {
            inTraining[index] = false;
        }

        return inTraining;
    }

    private static bool[] RandomSplit(int count, int fold)
    {
        var inTraining = new bool[count];
        foreach (var index in new NumpyRandomState(FoldSeed + (uint)fold).Choice(count, (int)(count * ShareOfTraining)))
        {
            inTraining[index] = true;
        }

        return inTraining;
    }

    private static Split Halve(string[] train, string[] validation, double shareOfA)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shareOfA, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(shareOfA, 1);
        var chosen = new NumpyRandomState(HalvesSeed).Choice(train.Length, (int)(train.Length * shareOfA));
        var inA = chosen.ToHashSet();
        return new Split(
            [.. chosen.Select(i => train[i])],
            [.. train.Where((_, i) => !inA.Contains(i))],
            validation);
    }
}
