using System.Globalization;
using AdwUNet.Architectures;
using AdwUNet.Benchmarks.Steps;
using AdwUNet.Networks;
using AdwUNet.Preprocessing;
using AdwUNet.Sampling;
using AdwUNet.Search;
using AdwUNet.Training;
using static TorchSharp.torch;

namespace AdwUNet.Benchmarks.Mixed;

/// <summary>
/// Gradients of the published supernet of AdwU-Net at full width on a batch of real patches, computed in several ways (<see cref="GradientWay"/>), against
/// float64: for both places of the mask, at initialisation and after steps of a search.
/// </summary>
/// <param name="cases">Preprocessed cases of the hippocampus.</param>
internal sealed class MixedCosines(IReadOnlyList<IPreprocessedCase> cases)
{
    /// <summary>Steps of a search before the second comparison: half on alphas and betas, half on weights.</summary>
    public const int Steps = 50;

    /// <summary>The heads of <see cref="Rows"/>.</summary>
    public static readonly IReadOnlyList<string> Head = ["mask", "steps before", "computed in", .. Kinds.Select(kind => kind.Name)];

    /// <summary>The heads of <see cref="Blocks"/>.</summary>
    public static readonly IReadOnlyList<string> BlockHead = ["part of the network", "share of the squared norm", .. GradientWay.All.Skip(1).Select(way => way.Name)];

    private const double FirstTemperature = 5;
    private const ulong Seed = 1;

    private static (string Name, Func<string, bool> IsOne)[] Kinds =>
    [
        ("weights", IsWeight),
        ("alphas", name => name.EndsWith(".alphas", StringComparison.Ordinal)),
        ("betas", name => name.EndsWith(".betas", StringComparison.Ordinal)),
    ];

    /// <summary>One row for each mask placement, moment and way.</summary>
    public List<IReadOnlyList<string>> Rows { get; } = [];

    /// <summary>One row for each block, transposed convolution and output: the weights, with the published mask after the steps.</summary>
    public List<IReadOnlyList<string>> Blocks { get; } = [];

    /// <summary>Measures; <paramref name="afterEach"/> is called after each comparison.</summary>
    public void Measure(Action afterEach)
    {
        foreach (var placement in new[] { MaskPlacement.BeforeNorm, MaskPlacement.AfterActivation })
        {
            using var network = New(placement, Precision.Auto, AdwUNet.Networks.Engines.All); // trains as fast as this machine can
            using var loader = new BatchLoader(cases, Hippocampus.Plan, new SamplingOptions(), Seed, "mixed precision", threads: 0);
            Compare(placement, network, loader, 0);
            afterEach();
            using (var optimizer = new MixedLevelOptimizer(network, DeepSupervision.Of(Hippocampus.Plan), new SearchOptions()))
            {
                for (var step = 0; step < Steps; step++)
                {
                    using var scope = NewDisposeScope();
                    using var batch = loader.Next(CancellationToken.None);
                    network.Choice.Noise = GumbelNoise.Seeded(Seed, step);
                    _ = step % 2 == 0 ? optimizer.ArchitectureStep(batch.Image, batch.Targets) : optimizer.WeightStep(batch.Image, batch.Targets);
                }
            }

            Compare(placement, network, loader, Steps);
            afterEach();
        }
    }

    private static bool IsWeight(string name) => !Supernet.IsArchitecture(name) && !name.EndsWith("conv.bias", StringComparison.Ordinal); // the norm cancels a bias

    private static Supernet New(MaskPlacement placement, Precision? precision, IReadOnlyList<IEngine> engines) =>
        new(Hippocampus.Plan, SearchSpace.Published(Family.AdwUNet) with { MaskPlacement = placement }, Seed)
        {
            Precision = precision,
            Engines = engines,
            Choice = { Temperature = FirstTemperature },
        };

    private void Compare(MaskPlacement placement, Supernet trained, BatchLoader loader, int steps)
    {
        using var scope = NewDisposeScope();
        using var batch = loader.Next(CancellationToken.None);
        var all = GradientWay.All.Select(way =>
        {
            Console.Error.WriteLine($"{DateTime.Now:HH:mm:ss} gradients in {way.Name}, mask {placement}, after {steps} steps");
            using var network = New(placement, null, []);
            network.load_state_dict(trained.state_dict());
            network.Choice.Noise = GumbelNoise.Seeded(Seed, 1000);
            way.Backward(network, batch.Image, logits => DeepSupervision.Of(Hippocampus.Plan).Forward(logits, batch.Targets));
            return network.named_parameters().Where(p => p.parameter.grad is not null).ToDictionary(p => p.name, p => p.parameter.grad!.to(float64).flatten());
        }).ToArray();
        var (exact, others) = (all[0], all[1..]);
        foreach (var (way, actual) in GradientWay.All.Skip(1).Zip(others))
        {
            Rows.Add(
            [
                placement == MaskPlacement.BeforeNorm ? "before the norm" : "after the activation", $"{steps}", way.Name,
                .. Kinds.Select(kind => Cosine([.. exact.Keys.Where(kind.IsOne)], exact, actual)),
            ]);
        }

        if (steps > 0 && placement == MaskPlacement.BeforeNorm)
        {
            var weights = exact.Keys.Where(IsWeight).ToArray();
            var whole = SquaredNorm(weights, exact);
            Blocks.AddRange(weights.GroupBy(name => string.Join('.', name.Split('.').Take(2))).Select(IReadOnlyList<string> (part) =>
            [
                part.Key, (SquaredNorm([.. part], exact) / whole).ToString("P1", CultureInfo.InvariantCulture), .. others.Select(actual => Cosine([.. part], exact, actual)),
            ]));
        }
    }

    private static string Cosine(string[] names, Dictionary<string, Tensor> expected, Dictionary<string, Tensor> actual)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (cat([.. names.Select(name => expected[name])]), cat([.. names.Select(name => actual[name])]));
        return (a.dot(b).item<double>() / a.norm().item<double>() / b.norm().item<double>()).ToString("F5", CultureInfo.InvariantCulture);
    }

    private static double SquaredNorm(string[] names, Dictionary<string, Tensor> of) => names.Sum(name => of[name].dot(of[name]).item<double>());
}
