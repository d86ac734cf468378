using System.Diagnostics;
using static TorchSharp.torch;

namespace AdwUNet.GpuCheck;

/// <summary>
/// Steps on the weights of a supernet with and without an option of the card, in turn and in one process: whatever else the machine does reaches all alike.
/// On a CPU the same code computes, libtorch's, and the times say nothing about a card.
/// </summary>
internal static class OptionSteps
{
    private const int WarmUp = 3; // rounds; cuDNN then knows its algorithms
    private const int Least = 3;

    /// <summary>Measures in this process.</summary>
    public static StepResult Measure(StepCase of, Device device)
    {
        var options = CudaOptions.InEffect with { Deterministic = false };
        using var apart = TimedSteps.OfSupernet(of, device, isChannelsLast: false);
        using var last = TimedSteps.OfSupernet(of, device, isChannelsLast: true);
        using var loader = of.Loader(device, threads: 0);
        using var batch = loader.Next();
        (TimedSteps Steps, CudaOptions Options)[] ways =
        [
            (apart, options), (last, options), .. LibtorchContext.IsAvailable ? [(apart, options with { Deterministic = true })] : Array.Empty<(TimedSteps, CudaOptions)>(),
        ];
        var rounds = new List<(double Seconds, double Loss)[]>();
        var clock = Stopwatch.StartNew();
        while (rounds.Count < WarmUp + Least || clock.Elapsed.TotalSeconds < ways.Length * of.Seconds)
        {
            rounds.Add(Array.ConvertAll(ways, way =>
            {
                way.Options.Apply();
                var start = Stopwatch.GetTimestamp();
                var loss = way.Steps.Weight(batch); // known when the step has ended
                return (Stopwatch.GetElapsedTime(start).TotalSeconds, loss);
            }));
        }

        options.Apply();
        double Median(int way) => rounds.Skip(WarmUp).Select(round => round[way].Seconds).Order().ElementAt((rounds.Count - WarmUp) / 2);
        return new()
        {
            Weight = Median(0),
            ChannelsLast = Median(1),
            Deterministic = ways.Length > 2 ? Median(2) : null,
            LayoutDifference = Math.Abs(rounds[0][1].Loss - rounds[0][0].Loss) / Math.Abs(rounds[0][0].Loss),
            Rounds = rounds.Count - WarmUp,
            Arithmetic = apart.Arithmetic,
        };
    }
}
