using System.Collections.Concurrent;
using AdwUNet.Architectures;
using AdwUNet.Cpu;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Search;
using AdwUNet.Tests.Golden;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Search;

public sealed class ExpectedCostTests
{
    private const double Exact = 1e-12; // relative: sums of float64

    private static readonly Plan TwoPools = GoldenCase.MakePlan(
        "tiny", [new(1, 2, 2), Shape3.Cube(2)], [new(1, 3, 3), Shape3.Cube(3), Shape3.Cube(3)], channels: 2, classes: 3) with
    {
        PatchSize = Shape3.Cube(8),
        BatchSize = 2,
    };

    private static readonly Plan OnePool = GoldenCase.MakePlan("tiny", [Shape3.Cube(2)], [Shape3.Cube(3), Shape3.Cube(3)], channels: 1, classes: 2) with
    {
        PatchSize = Shape3.Cube(4),
        BatchSize = 1,
    };

    private static readonly SearchSpace Space = new() { Family = Family.AdwUNet, BaseWidth = 6, MaxWidth = 12, MaxDepth = 3 };

    private static readonly ConcurrentDictionary<(SearchSpace Space, Plan Plan), MeasuredSeconds> Tables = [];

    [Fact]
    public void It_is_the_cost_of_each_of_the_155_candidates_of_a_block()
    {
        for (var block = 0; block < 5; block++)
        {
            using var supernet = Choosing(Space);
            for (var other = 0; other < 5; other++)
            {
                Select(supernet, other, other % 3, [other, 4 - other, 2]);
            }

            var candidates = new HashSet<string>();
            for (var candidate = 0; candidate < 3 * 125; candidate++)
            {
                Select(supernet, block, candidate / 125, [candidate % 5, candidate / 5 % 5, candidate / 25 % 5]);
                if (candidates.Add(supernet.Decode().ToString()))
                {
                    RequireExact(supernet);
                }
            }

            Assert.Equal(155, candidates.Count);
        }
    }

    [Theory]
    [InlineData(Family.AdwUNet)]
    [InlineData(Family.AwUNet)]
    [InlineData(Family.AdUNet)]
    public void It_is_the_cost_of_random_networks_of_every_family(Family family)
    {
        var random = new Random(1);
        foreach (Relaxation relaxation in (Relaxation[])[new GumbelSoftmax(), new StraightThroughGumbelSoftmax(), new PlainSoftmax()])
        {
            using var supernet = Choosing(Space with { Family = family }, relaxation);
            for (var network = 0; network < 40; network++)
            {
                for (var block = 0; block < 5; block++)
                {
                    Select(supernet, block, random.Next(3), [random.Next(5), random.Next(5), random.Next(5)]);
                }

                RequireExact(supernet);
            }
        }
    }

    /// <summary>All 8 × 8 × 8 networks of two widths and two depths, each with the product of the shares of its options.</summary>
    [Theory]
    [InlineData(CostKind.Flops)]
    [InlineData(CostKind.Weights)]
    [InlineData(CostKind.Activations)]
    [InlineData(null)]
    public void It_is_the_mean_over_all_networks_weighted_by_their_probabilities(CostKind? kind)
    {
        using var scope = NewDisposeScope();
        using var supernet = Random(Space with { MaxDepth = 2, WidthFractions = [0.5, 1] }, OnePool);
        var budget = Of(kind, supernet);
        var candidates = supernet.Logits().Blocks.Select(block => Candidates(block).ToArray()).ToArray();
        var mean = (
            from first in candidates[0]
            from second in candidates[1]
            from third in candidates[2]
            let cost = budget.Cost(Architecture.FromWidths([first.Widths, second.Widths, third.Widths]), OnePool)
            select first.Share * second.Share * third.Share * cost).Sum();
        Assert.Equal(mean, budget.Expected(supernet).item<double>(), mean * Exact);

        static IEnumerable<(int[] Widths, double Share)> Candidates(BlockLogits block)
        {
            var depths = Shares(block.Betas);
            var widths = block.Alphas.Select(Shares).ToArray();
            for (var i = 0; i < 2; i++)
            {
                yield return ([block.WidthOptions[0][i]], depths[0] * widths[0][i]);
                for (var j = 0; j < 2; j++)
                {
                    yield return ([block.WidthOptions[0][i], block.WidthOptions[1][j]], depths[1] * widths[0][i] * widths[1][j]);
                }
            }
        }

        static double[] Shares(IReadOnlyList<double> logits) => Decoding.Softmax([.. logits.Select(logit => logit / 0.7)]);
    }

    [Theory]
    [InlineData(CostKind.Flops)]
    [InlineData(CostKind.Weights)]
    [InlineData(CostKind.Activations)]
    [InlineData(null)]
    public void Its_gradient_is_that_of_finite_differences(CostKind? kind)
    {
        using var scope = NewDisposeScope();
        using var supernet = Random(Space, TwoPools);
        var budget = Of(kind, supernet);
        budget.Expected(supernet).backward();
        var gradients = supernet.ArchitectureParameters.Select(p => p.grad!.clone()).ToArray();
        var largest = gradients.Max(gradient => gradient.abs().max().item<double>());
        using var noGradient = no_grad();
        foreach (var (parameter, gradient) in supernet.ArchitectureParameters.Zip(gradients))
        {
            for (var i = 0; i < parameter.numel(); i++)
            {
                const double step = 1e-4;
                double At(double by)
                {
                    parameter[i] += by;
                    return budget.Expected(supernet).item<double>();
                }

                var slope = (At(step) - At(-2 * step)) / (2 * step);
                parameter[i] += step;
                Assert.Equal(slope, gradient[i].item<double>(), largest * 1e-7);
                Assert.NotEqual(0, slope);
            }
        }
    }

    private static Supernet Choosing(SearchSpace space, Relaxation? relaxation = null)
    {
        var supernet = new Supernet(TwoPools, space, relaxation: relaxation);
        supernet.Choice.Temperature = 0.1;
        return supernet;
    }

    private static Supernet Random(SearchSpace space, Plan plan)
    {
        var supernet = (Supernet)new Supernet(plan, space).to(float64);
        supernet.Choice.Temperature = 0.7;
        supernet.Choice.Noise = GumbelNoise.Seeded(1, 0); // which the expectation leaves out
        using var noGradient = no_grad();
        using var random = LibtorchRandom.Seeded(1, "logits", 0);
        foreach (var parameter in supernet.ArchitectureParameters)
        {
            parameter.copy_(randn_like(parameter));
        }

        return supernet;
    }

    private static void Select(Supernet supernet, int block, int depth, int[] widths)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var chosen = supernet.Blocks.ElementAt(block);
        Set(chosen.Betas, depth);
        foreach (var (unit, width) in chosen.Units.Zip(widths))
        {
            Set(unit.Alphas, width);
        }

        static void Set(Parameter? logits, int option)
        {
            if (logits is not null)
            {
                logits.zero_();
                logits[option] = 100; // e^(−100 / 0.1) is 0
            }
        }
    }

    private static void RequireExact(Supernet supernet)
    {
        using var scope = NewDisposeScope();
        var network = supernet.Decode();
        foreach (var kind in Enum.GetValues<CostKind>().Select(kind => (CostKind?)kind).Append(null))
        {
            var budget = Of(kind, supernet);
            var expected = budget.Cost(network, TwoPools);
            Assert.Equal(expected, budget.Expected(supernet).item<double>(), expected * Exact);
        }
    }

    // Null: seconds of a table.
    private static Budget Of(CostKind? kind, Supernet supernet) => kind is null
        ? Budget.Seconds(1, Tables.GetOrAdd((supernet.Space, supernet.Plan), of => MeasuredSeconds.Given(of.Plan, of.Space, Seconds)))
        : new(kind, 1);

    // Not linear in the channels, and different for every layer.
    private static double Seconds(LayerSite site, int input, int output) =>
        (1 + (int)site.Kind) * (3 + Math.Pow(input, 0.7) + Math.Pow(output, 1.3) + (input * output % 5) + site.Stride.Count) * Math.Sqrt(site.Shape.Count);
}
