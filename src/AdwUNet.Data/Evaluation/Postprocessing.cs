using AdwUNet.Imaging;

namespace AdwUNet.Evaluation;

/// <summary>
/// nnU-Net's postprocessing: of some labels, all connected components but the largest become background, where that improves the segmentations of a
/// cross-validation (v1: <c>nnunet/postprocessing/connected_components.py</c>, v2: <c>nnunetv2/postprocessing/remove_connected_components.py</c>).
/// </summary>
public sealed record Postprocessing
{
    /// <summary>The name of its file beside a training.</summary>
    public const string FileName = "postprocessing.json";

    /// <summary>How components are found.</summary>
    public required PostprocessingRules Rules { get; init; }

    /// <summary>What was tried, in order: all foreground labels as one, then each class or region. The trials that helped are applied.</summary>
    public required IReadOnlyList<PostprocessingTrial> Trials { get; init; }

    /// <summary>The number of cases on which it was decided.</summary>
    public required int Cases { get; init; }

    /// <summary>Postprocesses a segmentation.</summary>
    /// <param name="labels">Class indices.</param>
    /// <returns>A new label map.</returns>
    public LabelMap Apply(LabelMap labels) => Apply(labels, Trials.Where(trial => trial.Helps).Select(trial => trial.Labels));

    /// <summary>
    /// Decides what helps. First all foreground labels are taken as one: that is kept if it improves (v1: a class; v2: the mean of the classes) and makes no
    /// class worse. Then each class, or each region in turn, is kept if its own Dice improves.
    /// </summary>
    /// <param name="cases">Segmentations of cases that the networks were not trained on, with their references, as class indices; enumerated several times.</param>
    /// <param name="classes">Names of the classes, background first.</param>
    /// <param name="labels">The dataset's regions and ignore label, if it has any. Regions need the rules of v2.</param>
    /// <param name="rules">Whose rules.</param>
    /// <exception cref="EvaluationException">There is no case, the shapes of a pair differ, a label is no class, or v1's rules meet regions.</exception>
    public static Postprocessing Choose(
        IEnumerable<(LabelMap Prediction, LabelMap Reference)> cases,
        IReadOnlyList<string> classes,
        LabelScheme? labels = null,
        PostprocessingRules rules = PostprocessingRules.NnUNetV1)
    {
        var regions = labels?.Regions ?? [];
        if (regions.Count > 0 && rules == PostprocessingRules.NnUNetV1)
            throw new EvaluationException("The dataset has regions, for which nnU-Net v1 has no postprocessing; choose the rules of v2.");

        var chosen = new Postprocessing { Rules = rules, Trials = [], Cases = cases.Count() };
        if (chosen.Cases == 0)
            throw new EvaluationException("There is no case to decide the postprocessing on; segment the validation cases of the folds first.");

        var before = chosen.Dice(cases, classes.Count, labels);
        chosen = chosen.Try("foreground", [.. Enumerable.Range(1, classes.Count - 1)], target: null, cases, classes.Count, labels, ref before);
        var targets = regions.Count > 0 ? regions : [.. Enumerable.Range(1, classes.Count - 1).Select(label => new LabelRegion(classes[label], [label]))];
        for (var target = 0; target < targets.Count && targets.Count > 1; target++)
            chosen = chosen.Try(targets[target].Name, targets[target].Labels, target, cases, classes.Count, labels, ref before);
        return chosen;
    }

    /// <summary>Writes the decision as JSON.</summary>
    /// <param name="path">The file; <see cref="FileName"/> in the folder of a training.</param>
    /// <exception cref="StorageException">The file cannot be written.</exception>
    public void Save(string path) => JsonFile.Save(path, this);

    /// <summary>Reads a decision.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="EvaluationException">The file is missing or damaged.</exception>
    public static Postprocessing Load(string path) => JsonFile.Load<Postprocessing>(path, (message, error) => new EvaluationException(message, error));

    private Postprocessing Try(
        string name, IReadOnlyList<int> joined, int? target, IEnumerable<(LabelMap, LabelMap)> cases, int classCount, LabelScheme? labels, ref double?[] before)
    {
        var trial = new PostprocessingTrial { Name = name, Labels = joined, Before = before, After = [], Helps = true };
        var after = (this with { Trials = [.. Trials, trial] }).Dice(cases, classCount, labels);
        var helps = target is { } own ? after[own] > before[own] : Improves(before, after);
        trial = trial with { After = after, Helps = helps };
        before = helps ? after : before;
        return this with { Trials = [.. Trials, trial] };
    }

    // A class that no case has is undefined: v1 passes over it, v2's mean is undefined with it and never improves.
    private bool Improves(double?[] before, double?[] after) =>
        !before.Zip(after).Any(pair => pair.Second < pair.First)
        && before.Zip(after).Any(pair => pair.Second > pair.First)
        && (Rules == PostprocessingRules.NnUNetV1 || !before.Concat(after).Contains(null));

    private double?[] Dice(IEnumerable<(LabelMap Prediction, LabelMap Reference)> cases, int classCount, LabelScheme? labels)
    {
        var all = cases.Select(pair => CaseResult.Overlaps(Apply(pair.Prediction), pair.Reference, classCount, labels)).ToArray();
        return [.. Enumerable.Range(0, all[0].Count).Select(target => MetricSummary.Of(all.Select(overlaps => overlaps[target].Dice)).Mean)];
    }

    private LabelMap Apply(LabelMap labels, IEnumerable<IReadOnlyList<int>> steps)
    {
        var result = new LabelMap([.. labels.Data], labels.Shape, labels.Spacing);
        var isV2 = Rules == PostprocessingRules.NnUNetV2;
        foreach (var step in steps)
            new ConnectedComponents(result, step, diagonal: isV2).RemoveAllButLargest(keepTies: isV2);
        return result;
    }
}

/// <summary>One possible step of a postprocessing, and what it does to the mean Dice of each class or region.</summary>
public sealed record PostprocessingTrial
{
    /// <summary>Its name: <c>foreground</c>, or the name of the class or region.</summary>
    public required string Name { get; init; }

    /// <summary>The labels of which, as one, the largest component is kept.</summary>
    public required IReadOnlyList<int> Labels { get; init; }

    /// <summary>Mean Dice over the cases of each foreground class or region before this step; null where it is in no case.</summary>
    public required IReadOnlyList<double?> Before { get; init; }

    /// <summary>The same after it.</summary>
    public required IReadOnlyList<double?> After { get; init; }

    /// <summary>Whether it is applied.</summary>
    public required bool Helps { get; init; }
}

/// <summary>Whose rules a postprocessing follows.</summary>
public enum PostprocessingRules
{
    /// <summary>nnU-Net v1, which the paper uses: components are connected through faces; of equally large ones, the first stays.</summary>
    NnUNetV1,

    /// <summary>nnU-Net v2: components are connected through faces, edges and corners; equally large ones all stay.</summary>
    NnUNetV2,
}
