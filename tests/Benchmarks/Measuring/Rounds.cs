using System.Diagnostics;

namespace AdwUNet.Benchmarks.Measuring;

/// <summary>How often something is repeated: at least so many rounds, then as long as the time lasts, at most so many.</summary>
/// <param name="Least">Rounds that are always made.</param>
/// <param name="Most">Rounds at most.</param>
/// <param name="Seconds">No further round begins after this.</param>
internal sealed record Rounds(int Least, int Most, double Seconds)
{
    /// <summary>Runs all contestants one after the other, again and again, so that whatever slows the machine slows all of them.</summary>
    public void Alternate(params IReadOnlyList<Action> contestants)
    {
        var clock = Stopwatch.StartNew();
        for (var round = 0; round < Most && (round < Least || clock.Elapsed.TotalSeconds < Seconds); round++)
        {
            foreach (var contestant in contestants)
            {
                contestant();
            }
        }
    }

    /// <summary>Seconds that something takes; with one thread, the processor time of this thread, which the load of the machine does not change.</summary>
    public static double Time(Action action)
    {
        if (ThreadTime.IsUsed)
        {
            return ThreadTime.Of(action);
        }

        var clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed.TotalSeconds;
    }
}
