using System.Text;
using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Search;
using static TorchSharp.torch;

namespace AdwUNet.Runs.Tests;

/// <summary>Where the paper's text and the authors' code differ: each is an option, and the code's way the default.</summary>
public class PaperTextTests
{
    private static readonly SearchOptions Code = TinyRuns.SearchOptions;

    [Fact]
    public void Weights_learn_from_half_A_where_the_options_say_so()
    {
        // Batches used of A and B after each epoch of 4 iterations, the first of which is warm-up.
        Assert.Equal([(0, 4), (4, 12), (8, 20)], Batches(Code));
        Assert.Equal([(4, 0), (12, 4), (20, 8)], Batches(Code with { WeightsLearnFromA = true }));
    }

    [Fact]
    public void The_temperature_falls_from_the_first_epoch_where_the_options_say_so()
    {
        double[] Temperatures(SearchOptions options) => [.. Epochs(options).Select(epoch => epoch.Epoch.Temperature)];
        Assert.Equal([5, 5, 5 * 0.97], Temperatures(Code));
        Assert.Equal([5, 5 * 0.97, 5 * 0.97 * 0.97], Temperatures(Code with { AnnealsInWarmUp = true }));
    }

    [Fact]
    public void A_joint_step_cannot_learn_weights_from_half_A() => Assert.Contains(
        "half B", Assert.Throws<RunException>((Code with { WeightsLearnFromA = true, Order = MixedLevelOrder.Joint }).Validate).Message, StringComparison.Ordinal);

    [Fact]
    public void Configurations_of_searches_by_the_authors_code_stay_as_they_were()
    {
        string Text(SearchOptions options) => Encoding.UTF8.GetString(JsonFile.Serialize(options));
        Assert.DoesNotContain("weightsLearnFromA", Text(Code), StringComparison.Ordinal);
        Assert.DoesNotContain("annealsInWarmUp", Text(Code), StringComparison.Ordinal);
        Assert.Contains("\"weightsLearnFromA\": true", Text(Code with { WeightsLearnFromA = true }), StringComparison.Ordinal);
        Assert.Contains("\"annealsInWarmUp\": true", Text(Code with { AnnealsInWarmUp = true }), StringComparison.Ordinal);
    }

    private static IEnumerable<(long A, long B)> Batches(SearchOptions options) => Epochs(options).Select(epoch => (epoch.A, epoch.B));

    private static List<(SearchEpoch Epoch, long A, long B)> Epochs(SearchOptions options)
    {
        using var scope = NewDisposeScope();
        using var supernet = new Supernet(TinyRuns.Plan, new SearchSpace { Family = Family.AdwUNet, BaseWidth = 6, MaxWidth = 12, MaxDepth = 2 });
        using var loop = new SearchLoop(supernet, new SearchCases(TinyRuns.Cases(0), TinyRuns.Cases(10), TinyRuns.Cases(20, 1)), options);
        return [.. loop.Run(cancellation: TestContext.Current.CancellationToken).Select(epoch => (epoch, loop.State.BatchesOfA, loop.State.BatchesOfB))];
    }
}
