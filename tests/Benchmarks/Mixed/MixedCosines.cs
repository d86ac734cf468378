using System.Globalization;
using AdwUNet.Architectures;
using AdwUNet.Benchmarks.Steps;
using AdwUNet.Mixed;
using AdwUNet.Networks;
using AdwUNet.Preprocessing;
using AdwUNet.Sampling;
using AdwUNet.Search;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Benchmarks.Mixed;

/// <summary>
/// Gradients of the published supernet of AdwU-Net at full width on a batch of real patches: the engine in bfloat16 against float32 and float64, for both
/// places of the mask, at initialisation and after steps of a search.
/// </summary>
/// <param name="cases">Preprocessed cases of the hippocampus.</param>
internal sealed class MixedCosines(IReadOnlyList<IPreprocessedCase> cases)
{
    /// <summary>Steps of a search before the second comparison: half on alphas and betas, half on weights.</summary>
    public const int Steps = 50;

    private const double FirstTemperature = 5;
    private const ulong Seed = 1;

    private static readonly (string Name, Func<string, bool> IsOne)[] Kinds =
    [
        ("weights", name => !Supernet.IsArchitecture(name) && !name.EndsWith("conv.bias", StringComparison.Ordinal)), // the norm cancels a bias
        ("alphas", name => name.EndsWith(".alphas", StringComparison.Ordinal)),
        ("betas", name => name.EndsWith(".betas", StringComparison.Ordinal)),
    ];

    /// <summary>One row for each mask placement, moment and other precision.</summary>
    public IEnumerable<IReadOnlyList<string>> Rows()
    {
        foreach (var placement in new[] { MaskPlacement.BeforeNorm, MaskPlacement.AfterActivation })
        {
            using var network = New(placement, Precision.Auto, AdwUNet.Networks.Engines.All); // trains as fast as this machine can
            using var loader = new BatchLoader(cases, Hippocampus.Plan, new SamplingOptions(), Seed, "mixed precision", threads: 0);
            foreach (var row in Compare(placement, network, loader, 0))
            {
                yield return row;
            }

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

            foreach (var row in Compare(placement, network, loader, Steps))
            {
                yield return row;
            }
        }
    }

    private static Supernet New(MaskPlacement placement, Precision? precision, IReadOnlyList<IEngine> engines) =>
        new(Hippocampus.Plan, SearchSpace.Published(Family.AdwUNet) with { MaskPlacement = placement }, Seed)
        {
            Precision = precision,
            Engines = engines,
            Choice = { Temperature = FirstTemperature },
        };

    private static IEnumerable<IReadOnlyList<string>> Compare(MaskPlacement placement, Supernet trained, BatchLoader loader, int steps)
    {
        using var scope = NewDisposeScope();
        using var batch = loader.Next(CancellationToken.None);
        Dictionary<string, Tensor> In(ScalarType low, ScalarType wide)
        {
            Console.Error.WriteLine($"{DateTime.Now:HH:mm:ss} gradients in {low}, mask {placement}, after {steps} steps");
            using var network = New(placement, null, []);
            network.load_state_dict(trained.state_dict());
            network.to(wide);
            network.Choice.Noise = GumbelNoise.Seeded(Seed, 1000);
            using var passes = new MixedPasses(network, new(low, wide));
            using var loss = passes.Backward(batch.Image.to(wide), logits => DeepSupervision.Of(Hippocampus.Plan).Forward(logits, batch.Targets));
            return network.named_parameters().Where(p => p.parameter.grad is not null).ToDictionary(p => p.name, p => p.parameter.grad!.to(float64).flatten());
        }

        var actual = In(ScalarType.BFloat16, ScalarType.Float32);
        foreach (var type in new[] { ScalarType.Float32, ScalarType.Float64 })
        {
            var expected = In(type, type);
            yield return
            [
                placement == MaskPlacement.BeforeNorm ? "before the norm" : "after the activation", $"{steps}", type.ToString().ToLowerInvariant(),
                .. Kinds.Select(kind => Cosine([.. expected.Keys.Where(kind.IsOne)], expected, actual).ToString("F6", CultureInfo.InvariantCulture)),
            ];
        }
    }

    private static double Cosine(string[] names, Dictionary<string, Tensor> expected, Dictionary<string, Tensor> actual)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (cat([.. names.Select(name => expected[name])]), cat([.. names.Select(name => actual[name])]));
        return a.dot(b).item<double>() / a.norm().item<double>() / b.norm().item<double>();
    }
}
