using AdwUNet.Experiments;
using AdwUNet.Runs;

namespace AdwUNet.Verdict;

/// <summary>The answers of <see cref="HippocampusStudy"/>, from whatever part of its runs is finished.</summary>
/// <param name="study">The study, which says which run is what.</param>
/// <param name="results">Its finished runs; those under a budget are left out.</param>
/// <param name="scores">The loss of the random networks inside the supernet (<see cref="SupernetRanking.Score"/>), if there are any.</param>
public sealed class StudyVerdict(HippocampusStudy study, GridResults results, IReadOnlyDictionary<string, double>? scores = null)
{
    private const string ManualNetwork = "nnU-Net's manual network";

    private readonly GridResult[] _results = [.. results.Where(result => study.Rows.Any(row => row.Key == result.Run.Key))];

    /// <summary>How much of the study is finished, as a sentence.</summary>
    public string Progress => $"{Words.Finished(_results.Length, study.Rows.Count, "runs")}.";

    /// <summary>Does the search beat nnU-Net's manual network?</summary>
    public Answer AgainstManual => Answer.To(
        "Does the search beat nnU-Net's manual network?", () => Against(HippocampusStudy.AdwU, HippocampusStudy.Manual, ManualNetwork).Sentence);

    /// <summary>Does it beat networks drawn at random?</summary>
    public Answer AgainstRandom => Answer.To("Does it beat networks drawn at random?", () => RandomRank.Of(Searched, Random).Sentence);

    /// <summary>Does it beat random search at equal cost?</summary>
    public Answer AgainstRandomSearch => Answer.To("Does it beat random search at equal cost?", () => RandomSearch.Of(Searched, Random).Sentence);

    /// <summary>Does it beat manual scaling at equal operations?</summary>
    public Answer AgainstScaling => Answer.To("Does it beat manual scaling at equal operations?", () => new ScalingCurve(Scaled).Compare(Searched).Sentence);

    /// <summary>What do depth, width, the place of the mask and the weight decay change?</summary>
    public IReadOnlyList<Answer> Parts =>
    [
        .. new[] { HippocampusStudy.AdU, HippocampusStudy.AwU, HippocampusStudy.MaskAfter, HippocampusStudy.AdwUDecayed }.Select(variant => Answer.To(
            $"Does {variant} differ from {HippocampusStudy.AdwU}?", () => Against(variant, HippocampusStudy.AdwU, HippocampusStudy.AdwU).Sentence)),
        Answer.To(
            "Does the weight decay of the paper's text change the manual network?",
            () => Against(HippocampusStudy.ManualDecayed, HippocampusStudy.Manual, ManualNetwork).Sentence),
    ];

    /// <summary>How much of the spread is the search's?</summary>
    public Answer Seeds => Answer.To(
        "How much of the spread among seeds is the search's?",
        () => SeedVariance.Of(OnFold0(HippocampusStudy.AdwU), OnFold0(HippocampusStudy.Manual)).Sentence);

    /// <summary>Does it beat the manual network over several seeds?</summary>
    public Answer OverSeeds => Answer.To("Does it beat the manual network over several seeds?", () =>
    {
        var (searched, manual) = (OnFold0(HippocampusStudy.AdwU), OnFold0(HippocampusStudy.Manual));
        ScanValues.Require(searched, 2, "A mean over seeds");
        ScanValues.Require(manual, 2, "A mean over seeds");
        static string Mean(string network, int seeds) => $"{network} (mean of {seeds} seeds)";
        return Comparison.Of(searched, manual, name: Mean(HippocampusStudy.AdwU, searched.Length), other: Mean(ManualNetwork, manual.Length)).Sentence;
    });

    /// <summary>Does the supernet rank networks as training does?</summary>
    public Answer Ranking => Answer.To(
        "Does the supernet rank networks as their own trainings do?", () => SupernetRanking.Of(scores ?? new Dictionary<string, double>(), Random).Sentence);

    /// <summary>What can such an experiment tell?</summary>
    public Answer Resolution => Answer.To("Which difference can the study tell?", () =>
    {
        var design = Pilot;
        string Tells(int scans, int folds) => Words.Dice(design.SmallestDifference(scans, folds: folds));
        return $"With one training of each network, a paired t-test finds a difference of {Tells(40, 1)} on 40 scans of one fold, and of {Tells(200, 5)} on 200 scans "
            + $"of five folds, with 80 % probability (standard deviation among scans {Words.Dice(design.OfScans)}, among seeds {(design.OfSeeds > 0 ? Words.Dice(design.OfSeeds) : "not known yet and counted as 0, so that these are lower bounds")}).";
    });

    /// <summary>All answers.</summary>
    public IReadOnlyList<Answer> All => [AgainstManual, AgainstRandom, AgainstRandomSearch, AgainstScaling, .. Parts, OverSeeds, Seeds, Ranking, Resolution];

    /// <summary>
    /// The first answers, for the first screen of a page: against the manual network, against a manual network as large (where known), against random ones. It
    /// says that there is no verdict before the first is known.
    /// </summary>
    public string Headline => !AgainstManual.IsKnown ? "There is no verdict yet: the study is running."
        : $"{AgainstManual.Text} {(AgainstScaling.IsKnown ? AgainstScaling.Text + " " : "")}"
            + (AgainstRandom.IsKnown ? AgainstRandom.Text : $"Whether it beats networks drawn at random is not known yet: {Words.Finished(Random.Count, study.Random.Runs.Count)}.");

    /// <summary>What the intervals leave out: the spread among seeds, and that the networks differ in cost.</summary>
    public string Limits
    {
        get
        {
            const string seeds = "Each interval compares one training of each network on a fold, and leaves out the spread among seeds.";
            string Giga(string variant) => Words.Short(OnFolds(variant).Average(result => (double)result.ForwardFlops) / 1e9);
            var folds = OnFolds(HippocampusStudy.AdwU).Length > 1 ? $" (mean over {OnFolds(HippocampusStudy.AdwU).Length} folds)" : ""; // each fold has another network
            return OnFolds(HippocampusStudy.AdwU).Length > 0 && OnFolds(HippocampusStudy.Manual).Length > 0
                ? $"{seeds} A forward pass of {HippocampusStudy.AdwU} takes {Giga(HippocampusStudy.AdwU)} GFLOPs{folds}, that of the manual network {Giga(HippocampusStudy.Manual)}."
                : seeds;
        }
    }

    /// <summary>The searched networks compared with the manual one, on the folds that both have.</summary>
    public IReadOnlyList<Comparison> Networks =>
    [
        .. study.Networks.Variants.Select(variant => variant.Name)
            .Where(name => name != HippocampusStudy.Manual && OnFolds(name).IntersectBy(OnFolds(HippocampusStudy.Manual).Select(manual => manual.Run.Fold), result => result.Run.Fold).Any())
            .Select(name => Against(name, HippocampusStudy.Manual, ManualNetwork)),
    ];

    /// <summary>
    /// Every finished network on fold 0 with seed 1 compared with the manual one: first the searched networks, then the scaled, then the random ones, each by its
    /// difference. None before the manual one is finished.
    /// </summary>
    public IReadOnlyList<Comparison> Differences =>
    [
        .. from manual in OnFold0(HippocampusStudy.Manual).Where(result => result.Run.Seed == 1)
           from result in _results.Where(result => result.Run is { Fold: 0, Seed: 1 } && result.Run.Key != manual.Run.Key)
           let comparison = Comparison.Of([result], [manual], other: ManualNetwork)
           orderby Random.Contains(result), !result.Run.Settings.Searches, -comparison.Interval.Mean
           select comparison,
    ];

    /// <summary>The loss of the random networks inside the supernet of AdwU-Net's search on fold 0, by the run's <see cref="GridRun.Key"/>.</summary>
    /// <param name="study">The study, whose search on fold 0 is finished and has its checkpoint.</param>
    /// <exception cref="RunException">The search is not finished, or its checkpoint is lost.</exception>
    public static IReadOnlyDictionary<string, double> Score(HippocampusStudy study)
    {
        ArgumentNullException.ThrowIfNull(study);
        var searched = study.Networks.Runs.First(run => run.Variant.Name == HippocampusStudy.AdwU && run.Fold == 0);
        using var store = study.Experiment.EnsureStore();
        var networks = study.Random.Runs.Select(run => run.Settings.Architecture.Of(run.Settings.Space, store.Plan.PoolCount, (ulong)run.Seed)!).ToArray();
        return study.Random.Runs.Zip(SupernetRanking.Score(searched, networks)).ToDictionary(pair => pair.First.Key, pair => pair.Second);
    }

    /// <summary>The variances of the runs that are there: AdwU-Net and the manual network, and the seeds of the latter.</summary>
    /// <exception cref="ExperimentException">A network has no run.</exception>
    public Design Pilot => Design.Of(OnFolds(HippocampusStudy.AdwU), OnFolds(HippocampusStudy.Manual), OnFold0(HippocampusStudy.Manual));

    /// <summary>The run of AdwU-Net on fold 0.</summary>
    /// <exception cref="ExperimentException">It is not finished.</exception>
    public GridResult Searched => OnFolds(HippocampusStudy.AdwU).FirstOrDefault(result => result.Run.Fold == 0)
        ?? throw new ExperimentException($"{HippocampusStudy.AdwU} on fold 0 is not finished.");

    /// <summary>The random networks.</summary>
    public IReadOnlyList<GridResult> Random => Of(study.Random);

    /// <summary>The manual network on fold 0, and its scaled versions.</summary>
    public IReadOnlyList<GridResult> Scaled => [.. OnFolds(HippocampusStudy.Manual).Where(result => result.Run.Fold == 0), .. Of(study.Scaling)];

    private Comparison Against(string name, string other, string otherName) => Comparison.Of(
        Seed1(name), Seed1(other), name: name, other: otherName);

    private GridResult[] Of(Grid grid) => [.. _results.Where(result => grid.Runs.Any(run => run.Key == result.Run.Key))];

    private GridResult[] OnFolds(string variant) => [.. Of(study.Networks).Where(result => result.Run.Variant.Name == variant)];

    // One training of each fold: seeds of one fold would make its scans count otherwise than those of the other folds.
    private GridResult[] Seed1(string variant)
    {
        GridResult[] found = [.. _results.Where(result => result.Run.Variant.Name == variant && result.Run.Seed == 1)];
        return found.Length > 0 ? found : throw new ExperimentException($"{variant} is not finished on any fold.");
    }

    private GridResult[] OnFold0(string variant) => [.. _results.Where(result => result.Run.Variant.Name == variant && result.Run.Fold == 0)];
}
