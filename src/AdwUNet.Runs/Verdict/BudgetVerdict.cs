using AdwUNet.Experiments;

namespace AdwUNet.Verdict;

/// <summary>What <see cref="HippocampusStudy"/> says about searches under a budget, from whatever part of its runs is finished.</summary>
/// <param name="study">The study, which says which run is what.</param>
/// <param name="results">Its finished runs (<see cref="HippocampusStudy.AllResults"/>).</param>
public sealed class BudgetVerdict(HippocampusStudy study, GridResults results)
{
    private const string UnderABudget = $"{HippocampusStudy.AdwU} under a budget";
    private const string NoBudget = $"{HippocampusStudy.AdwU}, no budget";

    private readonly StudyVerdict _verdict = new(study, results);

    /// <summary>How many of the searches under a budget are finished, as a sentence.</summary>
    public string Progress => Budgeted.Count == 0
        ? $"None of the {study.Budgets.Runs.Count} searches under a budget is finished yet."
        : $"{Words.Finished(Budgeted.Count, study.Budgets.Runs.Count, "searches under a budget")}.";

    /// <summary>The finished searches under a budget.</summary>
    public IReadOnlyList<GridResult> Budgeted => [.. results.Where(result => study.Budgets.Runs.Contains(result.Run))];

    /// <summary>
    /// Is searching better than scaling? All finished searches under a budget are compared with the curve of manual scaling (<see cref="ScalingCurve"/>), each at its
    /// own operations.
    /// </summary>
    public Answer AgainstScaling => Answer.To(
        "Is searching under a budget better than manual scaling at the same operations?", () =>
        {
            ScanValues.Require(Budgeted, 1, "A comparison with manual scaling");
            return Curve.Compare(Budgeted, UnderABudget).Sentence;
        });

    /// <summary>Each budget, the search without one and the random networks, compared with the curve of manual scaling; empty before there is a curve.</summary>
    public IReadOnlyList<Comparison> Comparisons
    {
        get
        {
            if (_verdict.Scaled.Count < ScalingCurve.LeastRuns) return [];
            var curve = Curve;
            var groups = Budgeted.GroupBy(result => result.Run.Variant.Name).Select(budget => (budget.Key, Results: budget.ToArray()))
                .Append((NoBudget, [.. Unconstrained])).Append(("random networks", [.. _verdict.Random]));
            return [.. groups.Where(group => group.Results.Length > 0).Select(group => curve.Compare(group.Results, group.Key))];
        }
    }

    /// <summary>The networks of fold 0 in groups, for <c>Charts.Pareto</c>; groups without a finished run are left out.</summary>
    public IReadOnlyDictionary<string, GridResults> Groups => new (string Name, IReadOnlyList<GridResult> Results)[]
    {
        ("manual, scaled", _verdict.Scaled), ("random", _verdict.Random), (NoBudget, Unconstrained), (UnderABudget, Budgeted),
    }.Where(group => group.Results.Count > 0).ToDictionary(group => group.Name, group => new GridResults(group.Results));

    /// <summary>
    /// Each finished search under a budget with the operations of its network as a share of the budget; empty before the manual network, from which the budgets follow,
    /// is finished.
    /// </summary>
    public IReadOnlyList<(GridResult Result, double Share)> Uses =>
    [
        .. from manual in _verdict.Scaled.Where(result => result.Run.Variant.Name == HippocampusStudy.Manual)
           from result in Budgeted
           select (result, result.ForwardFlops / (result.Run.Settings.FlopsOfManual!.Value * manual.ForwardFlops)),
    ];

    // AdwU-Net's searches on fold 0, of any seed.
    private IReadOnlyList<GridResult> Unconstrained => [.. results.Where(result => result.Run is { Fold: 0, Variant.Name: HippocampusStudy.AdwU })];

    private ScalingCurve Curve => new(_verdict.Scaled);
}
