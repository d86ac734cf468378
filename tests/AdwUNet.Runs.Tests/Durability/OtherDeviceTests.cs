using System.Text.Json.Nodes;
using AdwUNet.Networks;
using AdwUNet.Training;

namespace AdwUNet.Runs.Tests.Durability;

/// <summary>A run whose folder comes from a machine with a card resumes on this CPU: its checkpoint names no device.</summary>
public sealed class OtherDeviceTests : IDisposable
{
    private const int StopAfter = 5; // in the second epoch

    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_search_that_started_on_a_card_resumes_on_a_cpu() => Check(name => TinyRuns.Search(_folder.PathOf(name)));

    [Fact]
    public void A_training_that_started_on_a_card_resumes_on_a_cpu() => Check(name => TinyRuns.TrainingRun(_folder.PathOf(name)));

    private void Check<TNetwork, TState, TEpoch>(Func<string, DurableRun<TNetwork, TState, TEpoch>> open)
        where TNetwork : EncoderDecoder
        where TState : ILoopState
    {
        using (var whole = open("whole"))
        {
            _ = whole.Run(cancellation: TestContext.Current.CancellationToken).Count();
        }

        Stop(progress =>
        {
            using var run = open("moved");
            _ = run.Run(progress.Progress, progress.Token).Count();
        });
        MoveToCard("moved");
        using (var run = open("moved"))
        {
            Assert.StartsWith($"{run.Folder} started with bfloat16 by libtorch with recomputed norms and resumes with ", run.ArithmeticChange, StringComparison.Ordinal);
            _ = run.Run(cancellation: TestContext.Current.CancellationToken).Count();
            Assert.Equal(TinyRuns.Epochs, run.History.Count);
        }

        RequireSame("whole", "moved");
    }

    private static void Stop(Action<(IProgress<StepProgress> Progress, CancellationToken Token)> run)
    {
        using var stop = new CancellationTokenSource();
        var seen = 0;
        Assert.ThrowsAny<OperationCanceledException>(() => run((new Immediate<StepProgress>(_ =>
        {
            if (++seen == StopAfter)
            {
                stop.Cancel();
            }
        }), stop.Token)));
    }

    /// <summary>Makes the configuration that of a run which started on a card.</summary>
    private void MoveToCard(string name)
    {
        var path = Path.Combine(_folder.PathOf(name), "config.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!;
        var machine = config["machine"]!.AsObject();
        Assert.Equal("cpu", (string?)machine["device"]);
        Assert.Equal("2.10.0", (string?)machine["libtorch"]);
        Assert.False(machine.ContainsKey("card"));
        machine["device"] = "cuda:0";
        machine["arithmetic"] = "bfloat16 by libtorch with recomputed norms";
        machine["card"] = new JsonObject { ["name"] = "NVIDIA H200", ["computeCapability"] = "9.0" };
        File.WriteAllText(path, config.ToJsonString());
    }

    private void RequireSame(string one, string other)
    {
        static IEnumerable<KeyValuePair<string, string>> WithoutConfig(SortedDictionary<string, string> files) => files.Where(file => file.Key != "config.json");
        Assert.Equal(WithoutConfig(TinyRuns.Files(_folder.PathOf(one))), WithoutConfig(TinyRuns.Files(_folder.PathOf(other))));
    }
}
