using AdwUNet.Datasets;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using AdwUNet.Search;

namespace AdwUNet.Experiments;

/// <summary>The preprocessed cases of an experiment by their use.</summary>
/// <param name="Search">The halves A and B of the search, and its validation cases.</param>
/// <param name="Training">Training cases of the derived network: A and B.</param>
/// <param name="Monitor">Cases that monitor the training.</param>
/// <param name="TestIds">The fold's validation cases, on which the result is evaluated.</param>
public sealed record ExperimentCases(
    SearchCases Search,
    IReadOnlyList<IPreprocessedCase> Training,
    IReadOnlyList<IPreprocessedCase> Monitor,
    IReadOnlyList<string> TestIds)
{
    private const int MostCases = 1000;

    /// <summary>Splits the cases of a store.</summary>
    /// <param name="store">The preprocessed cases.</param>
    /// <param name="fold">0..4: cross-validation as in nnU-Net v1. <see cref="Splits.AllCases"/>: every case trains and validates, also without a case set aside to monitor.</param>
    /// <param name="monitorEvery">See <see cref="Profile.MonitorEvery"/>.</param>
    /// <exception cref="ExperimentException">There are too few cases.</exception>
    public static ExperimentCases Of(CaseStore store, int fold, int monitorEvery)
    {
        var ids = CaseIds.Of([.. store.Cases.Select(c => c.Id)], fold, monitorEvery);
        if (ids.Fault is { } fault)
        {
            throw new ExperimentException($"{store.Plan.Dataset} has too few cases ({store.Cases.Count}) for fold {Splits.NameOf(fold)} of the search: {fault}; each needs at least one.");
        }

        IReadOnlyList<IPreprocessedCase> Cases(IEnumerable<string> of) => [.. of.Select(id => store[id])];
        var monitor = Cases(ids.Monitor);
        return new(new SearchCases(Cases(ids.A), Cases(ids.B), monitor), Cases(ids.A.Concat(ids.B).Order(StringComparer.Ordinal)), monitor, ids.Test);
    }

    /// <summary>Why a number of cases is too few for the folds, with what would do; null if it is enough for each fold.</summary>
    /// <param name="cases">Labelled cases.</param>
    /// <param name="profile">The profile, which says how many cases monitor a run.</param>
    internal static string? TooFew(int cases, Profile profile)
    {
        static string? Fault(int count, int monitorEvery) => count < Splits.FoldCount ? $"there are {Splits.FoldCount} folds" : Enumerable.Range(0, Splits.FoldCount)
            .Select(fold => CaseIds.Of([.. Enumerable.Range(0, count).Select(i => $"{i:D9}")], fold, monitorEvery) is { Fault: { } fault } ? $"fold {fold} would have {fault}" : null)
            .FirstOrDefault(fault => fault is not null);
        if (Fault(cases, profile.MonitorEvery) is not { } why) return null;
        var enough = Enumerable.Range(cases + 1, MostCases).First(count => Fault(count, profile.MonitorEvery) is null);
        var others = Profile.All.Where(other => Fault(cases, other.MonitorEvery) is null).Select(other => other.Name).ToArray();
        return $"{cases} labelled case(s) are too few for the profile {profile.Name} ({why}); add {enough - cases} or more, so that there are {enough}"
            + (others.Length > 0 ? $", or choose the profile {string.Join(" or ", others)}." : ".");
    }

    /// <summary>The ids of the cases by their use.</summary>
    private sealed record CaseIds(string[] A, string[] B, string[] Monitor, IReadOnlyList<string> Test)
    {
        /// <summary>What has no case, as a part of a sentence; null if nothing has.</summary>
        public string? Fault => A.Length > 0 && B.Length > 0 && Monitor.Length > 0
            ? null
            : $"{A.Length} for half A, {B.Length} for half B, {Monitor.Length} to monitor it";

        public static CaseIds Of(string[] ids, int fold, int monitorEvery)
        {
            var split = Splits.Fold(ids, fold);
            var (isAll, every) = (fold == Splits.AllCases, monitorEvery);
            var monitor = every == 0 || isAll
                ? split.Validation.ToHashSet()
                : split.Train.Where((_, i) => i % every == every - 1).ToHashSet();
            return new(
                [.. split.TrainA.Where(id => isAll || !monitor.Contains(id))],
                [.. split.TrainB.Where(id => isAll || !monitor.Contains(id))],
                [.. monitor.Order(StringComparer.Ordinal)],
                split.Validation);
        }
    }
}
