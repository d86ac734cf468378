using System.Text.Json;
using AdwUNet.Experiments;

namespace AdwUNet.Verdict;

/// <summary>One of the fourteen best practices of Lindauer and Hutter (JMLR 21, 2020; arXiv 1909.02453), answered from results.</summary>
/// <param name="Number">Its number in the paper.</param>
/// <param name="Practice">What it asks for, in short.</param>
/// <param name="IsDone">Whether the results show that it was done.</param>
/// <param name="Evidence">What shows it, or what is missing.</param>
public sealed record ChecklistItem(int Number, string Practice, bool IsDone, string Evidence);

/// <summary>Answers the checklist for research on architecture search from the results of grids.</summary>
public static class Checklist
{
    private const int LeastSeeds = 3;

    /// <summary>Answers all fourteen items.</summary>
    /// <param name="results">Finished runs.</param>
    /// <exception cref="ExperimentException">There is none.</exception>
    public static IReadOnlyList<ChecklistItem> Of(IReadOnlyList<GridResult> results)
    {
        ScanValues.Require(results, 1, "The checklist");
        var searched = results.Where(result => result.Run.Settings.Searches).ToArray();
        var drawn = results.Where(result => result.Run.Settings.Architecture.IsRandom).Select(result => result.Architecture.ToString()).Distinct().Count();
        var versions = Distinct(results, result => result.Origin.Version);
        var commits = versions.All(version => version.Contains('+', StringComparison.Ordinal));
        var spaces = Distinct(searched, result => JsonSerializer.Serialize(result.Run.Settings.Space, JsonFile.Line)).Length;
        var trainings = Distinct(results, result => JsonSerializer.Serialize(result.Run.Settings.WithSeed(0).Training, JsonFile.Line)).Length;
        var protocols = Distinct(results, result => $"{JsonSerializer.Serialize(result.Run.Settings.Prediction, JsonFile.Line)} {result.Run.Settings.WeightsFile}").Length;
        var scans = results.GroupBy(result => result.Run.Fold).All(fold => Distinct(fold, result => string.Join(' ', result.Evaluation.Cases.Select(scan => scan.Case))).Length == 1);
        var machines = Distinct(results, result => $"{result.Origin.Processor}, {Words.Count(result.Origin.Threads, "thread")}, {result.Origin.Arithmetic}");
        var repeats = searched.Length == 0 ? 0 : searched.GroupBy(result => result.Run.Variant.Name).Max(group => group.Count());
        var isTimed = results.All(result => result.Curve.Count > 0 && result.Curve.All(point => point.Seconds > 0));
        var versionsText = $"{Words.Count(results.Count, "run")} of {Words.Count(versions.Length, "version")} ({string.Join(", ", versions)})";
        return
        [
            new(1, "Release the code of the training pipeline", commits, commits ? versionsText : $"no commit is recorded: {versionsText}"),
            new(2, "Release the code of the search", commits && searched.Length > 0, searched.Length > 0 ? versionsText : "no finished run has a search"),
            new(3, "Do not wait until the code is clean", commits, commits ? "every result names the commit that computed it" : "no commit is recorded"),
            new(4, "Same data, split, space and training for all methods", trainings == 1 && scans,
                $"{Words.Count(trainings, "set")} of training options; {(scans ? "the same scans in each fold" : "the scans of a fold differ")}"),
            new(5, "Run ablation studies", spaces > 1, $"{Words.Count(spaces, "searched space")} (depth, width, both, place of the mask)"),
            new(6, "Same evaluation protocol for all methods", protocols == 1 && scans, $"{Words.Count(protocols, "way")} of segmenting; whole scans, Dice and Hausdorff distance"),
            new(7, "Compare performance as a function of time", isTimed, isTimed ? "every epoch of every run has its seconds" : "some epochs have no duration"),
            new(8, "Compare with random sampling and random search", drawn > 1, Words.Count(drawn, "random network")),
            new(9, "Validate the results several times", repeats >= LeastSeeds, $"at most {Words.Count(repeats, "run")} of one searched variant over folds and seeds"),
            new(10, "Use tabular or surrogate benchmarks", false, "none has 3-D U-Nets of variable depth and width"),
            new(11, "Control confounding factors", machines.Length == 1 && versions.Length == 1, $"{string.Join("; ", machines)}; {Words.Count(versions.Length, "version")}"),
            new(12, "Report the use of hyperparameter optimization", false, "no run records how its options were chosen"),
            new(13, "Report the time of the entire method", isTimed && searched.Length > 0, searched.Length == 0 ? "no finished run has a search" : TimeOf(searched)),
            new(14, "Report all details of the setup", commits, "all options of each variant (settings.json), seeds, machine, threads and arithmetic"),
        ];
    }

    private static string TimeOf(GridResult[] searched)
    {
        const double minute = 60;
        return $"search {Words.Short(searched.Average(result => result.Cost.SearchSeconds) / minute)} min, training "
            + $"{Words.Short(searched.Average(result => result.Cost.TrainingSeconds) / minute)} min, segmentation "
            + $"{Words.Short(searched.Average(result => result.Cost.SegmentationSeconds) / minute)} min (means of {Words.Count(searched.Length, "run")} with a search)";
    }

    private static string[] Distinct(IEnumerable<GridResult> results, Func<GridResult, string> of) => [.. results.Select(of).Distinct()];
}
