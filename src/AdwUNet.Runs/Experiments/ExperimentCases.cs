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
    /// <summary>Splits the cases of a store.</summary>
    /// <param name="store">The preprocessed cases.</param>
    /// <param name="fold">0..4: cross-validation as in nnU-Net v1.</param>
    /// <param name="monitorEvery">See <see cref="Profile.MonitorEvery"/>.</param>
    public static ExperimentCases Of(CaseStore store, int fold, int monitorEvery)
    {
        var split = Splits.Fold(store.Cases.Select(c => c.Id), fold);
        var monitor = monitorEvery == 0
            ? split.Validation.ToHashSet()
            : split.Train.Where((_, i) => i % monitorEvery == monitorEvery - 1).ToHashSet();
        IReadOnlyList<IPreprocessedCase> Cases(IEnumerable<string> ids) => [.. ids.Select(id => store[id])];
        var (a, b) = (split.TrainA.Where(id => !monitor.Contains(id)).ToArray(), split.TrainB.Where(id => !monitor.Contains(id)).ToArray());
        var watched = Cases(monitor.Order(StringComparer.Ordinal));
        if (a.Length == 0 || b.Length == 0 || watched.Count == 0)
        {
            throw new ExperimentException(
                $"{store.Plan.Dataset} has too few cases ({store.Cases.Count}) for fold {fold} of the search: "
                + $"{a.Length} for half A, {b.Length} for half B, {watched.Count} to watch it by; each needs at least one.");
        }

        return new(new SearchCases(Cases(a), Cases(b), watched), Cases(a.Concat(b).Order(StringComparer.Ordinal)), watched, split.Validation);
    }
}
