using AdwUNet.Experiments;

namespace AdwUNet.Verdict;

/// <summary>The Dice on monitoring patches that a run has reached after a time, the search included.</summary>
public static class Anytime
{
    /// <summary>The curve of a run: for each epoch of the training, the seconds since the run began, and the best moving average of Dice so far.</summary>
    /// <param name="result">The run.</param>
    /// <param name="average">How much of the moving average stays each epoch, as in nnU-Net.</param>
    /// <returns>Points in the order of time; a search moves all of them to the right by its duration.</returns>
    public static IReadOnlyList<(double Seconds, double Dice)> Of(GridResult result, double average = 0.9)
    {
        ArgumentNullException.ThrowIfNull(result);
        var points = new List<(double Seconds, double Dice)>();
        var seconds = 0.0;
        double? moving = null;
        foreach (var point in result.Curve)
        {
            seconds += point.Seconds;
            if (point is { Stage: CurvePoint.Training, Dice: { } dice })
            {
                moving = moving is { } before ? (average * before) + ((1 - average) * dice) : dice;
                points.Add((seconds, points.Count > 0 ? Math.Max(points[^1].Dice, moving.Value) : moving.Value));
            }
        }

        return points;
    }

    /// <summary>When a run first reaches a Dice; null if it does not.</summary>
    /// <param name="result">The run.</param>
    /// <param name="dice">The Dice on monitoring patches.</param>
    /// <returns>Seconds since the run began, the search included.</returns>
    public static double? SecondsTo(GridResult result, double dice) => Of(result).Where(point => point.Dice >= dice).Select(point => (double?)point.Seconds).FirstOrDefault();
}
