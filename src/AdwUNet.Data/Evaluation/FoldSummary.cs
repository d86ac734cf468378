namespace AdwUNet.Evaluation;

/// <summary>How well one class was found over the folds of a cross-validation.</summary>
public sealed record FoldSummary
{
    /// <summary>The class's name.</summary>
    public required string Class { get; init; }

    /// <summary>Mean and spread, over the folds that define it, of each fold's mean Dice.</summary>
    public required MetricSummary Dice { get; init; }

    /// <summary>Mean and spread, over the folds that define it, of each fold's mean 95 % Hausdorff distance in mm.</summary>
    public required MetricSummary HausdorffDistance95 { get; init; }

    /// <summary>Cases of all folds with the class in neither map.</summary>
    public required int Neither { get; init; }

    /// <summary>Cases of all folds with the class only in the reference.</summary>
    public required int Missed { get; init; }

    /// <summary>Cases of all folds with the class only in the prediction.</summary>
    public required int FalselyFound { get; init; }

    /// <summary>Summarises one class's summaries of every fold.</summary>
    internal static FoldSummary Of(IReadOnlyList<ClassSummary> folds) => new()
    {
        Class = folds[0].Class,
        Dice = MetricSummary.Of(folds.Select(fold => fold.Dice.Mean)),
        HausdorffDistance95 = MetricSummary.Of(folds.Select(fold => fold.HausdorffDistance95.Mean)),
        Neither = folds.Sum(fold => fold.Neither),
        Missed = folds.Sum(fold => fold.Missed),
        FalselyFound = folds.Sum(fold => fold.FalselyFound),
    };
}
