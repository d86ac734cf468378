namespace AdwUNet.Experiments;

/// <summary>An epoch of a run's search or training.</summary>
/// <param name="Stage"><c>search</c> or <c>training</c>.</param>
/// <param name="Epoch">0-based index within the stage.</param>
/// <param name="Seconds">Its duration.</param>
/// <param name="Loss">Mean loss on the patches that monitor the stage.</param>
/// <param name="Dice">Mean Dice over the classes on these patches; null where none occurred.</param>
public sealed record CurvePoint(string Stage, int Epoch, double Seconds, double Loss, double? Dice)
{
    /// <summary>The stage of a search.</summary>
    public const string Search = "search";

    /// <summary>The stage of a training.</summary>
    public const string Training = "training";

    internal static IReadOnlyList<CurvePoint> Of(GridResult result) =>
    [
        .. result.Search.Select(e => new CurvePoint(Search, e.Epoch, e.Seconds, e.ValidationLoss, e.ValidationDice.Average())),
        .. result.Training.Select(e => new CurvePoint(Training, e.Epoch, e.Seconds, e.ValidationLoss, e.ValidationDice.Average())),
    ];
}
