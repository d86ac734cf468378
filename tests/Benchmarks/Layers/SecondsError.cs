using System.Globalization;
using AdwUNet.Architectures;
using AdwUNet.Benchmarks.Steps;
using AdwUNet.Cpu;
using AdwUNet.Experiments;
using AdwUNet.Networks;

namespace AdwUNet.Benchmarks.Layers;

/// <summary>How far the sum over <see cref="MeasuredSeconds"/> is from the duration of whole networks, at the size of the hippocampus study.</summary>
internal static class SecondsError
{
    public const string Command = "seconds";

    private const int Draws = 10;

    /// <summary>Prints a table of the manual network, the largest one and random draws.</summary>
    /// <param name="cache">The file of the table of layers; measured anew when it does not exist.</param>
    public static void Run(string cache)
    {
        var space = HippocampusStudy.Profile.Space(Family.AdwUNet);
        var plan = Hippocampus.Plan;
        var networks = Enumerable.Range(1, Draws).Select(i => ($"random {i}", space.Draw(plan.PoolCount, (ulong)i)))
            .Prepend(("largest", Architecture.FromWidths([.. space.BlockWidths(plan.PoolCount).Select(width => Enumerable.Repeat(width, space.MaxDepth).ToArray())])))
            .Prepend(("manual", ArchitectureSource.ManualAt(space, plan.PoolCount)));
        foreach (var precision in new[] { Precision.Float32, Precision.Auto })
        {
            var table = MeasuredSeconds.On(plan, space, precision, cache);
            Console.WriteLine($"\n{table.Machine}: {table.Table.Count} layers\n\n| network | GFLOPs of a batch | seconds of a forward pass | by the table | error |\n|---|---|---|---|---|");
            var errors = new List<double>();
            foreach (var (name, network) in networks)
            {
                var (seconds, sum) = (NetworkClock.Seconds(plan, network, precision), table.Of(network, plan));
                errors.Add((sum / seconds) - 1);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"| {name} | {NetworkCost.Of(network, plan).ForwardFlops / 1e9:0.00} | {seconds:0.0000} | {sum:0.0000} | {Math.Round(errors[^1], 2):+0 %;-0 %;0 %} |"));
            }

            var mean = errors.Average();
            var spread = Math.Sqrt(errors.Average(error => (error - mean) * (error - mean)));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\nMean error {Math.Round(mean, 2):+0 %;-0 %;0 %}, standard deviation among the networks {spread:0 %}."));
        }
    }
}
