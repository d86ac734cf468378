using System.Globalization;
using AdwUNet.Architectures;
using AdwUNet.Experiments;
using AdwUNet.Mixed;
using AdwUNet.Networks;
using AdwUNet.Preprocessing;
using AdwUNet.Search;

namespace AdwUNet.Benchmarks.Mixed;

/// <summary>The search of the profile <c>quick</c> by the engine for GPUs, on a CPU, in float32 and bfloat16 with three seeds.</summary>
/// <param name="store">Preprocessed cases.</param>
/// <param name="experiment">Their experiment.</param>
internal sealed class MixedSearches(CaseStore store, Experiment experiment)
{
    private const int Fold = 0;

    private static readonly Precision[] Precisions = [Precision.Float32, Precision.BFloat16];
    private static readonly ulong[] Seeds = [1, 2, 3];

    /// <summary>One row for each pair that differs in the precision alone, then for each that differs in the seed alone.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Rows()
    {
        var decisions = (from seed in Seeds from precision in Precisions select (seed, precision)).ToDictionary(run => run, run => Decisions(run.seed, run.precision));
        IReadOnlyList<string> Row(string name, IEnumerable<(int[] A, int[] B)> pairs)
        {
            var shares = pairs.Select(pair => pair.A.Zip(pair.B).Average(p => p.First == p.Second ? 1.0 : 0)).ToArray();
            return [name, $"{decisions.Values.First().Length}", shares.Average().ToString("P0", CultureInfo.InvariantCulture), string.Join(", ", shares.Select(share => share.ToString("P0", CultureInfo.InvariantCulture)))];
        }

        return
        [
            Row("precision: float32 and bfloat16, same seed", Seeds.Select(seed => (decisions[(seed, Precision.Float32)], decisions[(seed, Precision.BFloat16)]))),
            .. Precisions.Select(precision => Row(
                $"seed: both in {precision.ToString().ToLowerInvariant()}",
                Seeds.SelectMany(a => Seeds.Where(b => b > a).Select(b => (decisions[(a, precision)], decisions[(b, precision)]))))),
        ];
    }

    private int[] Decisions(ulong seed, Precision precision)
    {
        Console.Error.WriteLine($"{DateTime.Now:HH:mm:ss} search in {precision} with seed {seed}");
        var options = experiment.Profile.Search with { Seed = seed, Precision = precision };
        using var supernet = new Supernet(store.Plan, experiment.Profile.Space(Family.AdwUNet), seed) { Precision = precision, Engines = [new MixedEngine(everywhere: true)] };
        using var loop = new SearchLoop(supernet, experiment.Cases(store, Fold).Search, options);
        var last = loop.Run().Last();
        return
        [
            .. last.Logits.Blocks.SelectMany(block => block.Alphas.Prepend(block.Betas)).Where(logits => logits.Count > 0)
                .Select(logits => logits.Select((logit, i) => (logit, i)).MaxBy(pair => pair.logit).i),
        ];
    }
}
