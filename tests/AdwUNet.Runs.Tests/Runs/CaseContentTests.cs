using System.Text.Json.Nodes;
using AdwUNet.Architectures;
using AdwUNet.Imaging;
using AdwUNet.Preprocessing;
using AdwUNet.Runs;
using AdwUNet.Search;
using AdwUNet.Tests.Sampling;

namespace AdwUNet.Runs.Tests;

/// <summary>A run knows the content of its cases.</summary>
public sealed class CaseContentTests : IDisposable
{
    private static readonly Shape3 Shape = Shape3.Cube(12);

    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Promise("config.json has the hash of every case that the run used, and the version with its commit")]
    public void The_configuration_has_the_hash_of_every_case_and_the_version_with_the_commit()
    {
        using (Search("search", "a", "b", "c"))
        using (Training("training", "a", "b"))
        {
        }

        Assert.Equal("""{"case_000":"a","case_001":"b","case_002":"c"}""", Config("search")["content"]!.ToJsonString());
        Assert.Equal("""{"case_000":"a","case_001":"b"}""", Config("training")["content"]!.ToJsonString());
        var commit = Path.Exists(Path.Combine(Repository.Root, ".git")) ? @"\+[0-9a-f]{40}" : "";
        Assert.Matches($@"^\d+\.\d+\.\d+{commit}$", (string?)Config("search")["versions"]!["adwUNet"]);
        PromiseTable.Kept("a search of 3 cases and a training of 2");
    }

    [Fact]
    [Promise("A search or a training on cases whose content changed is neither resumed nor repeated: the message names the cases and says what to do")]
    public void A_run_on_changed_cases_is_refused_by_their_names()
    {
        using (Search("search", "a", "b", "c"))
        using (Training("training", "a", "b"))
        {
        }

        Search("search", "a", "b", "c").Dispose();
        AssertRefused("search", "case_001 has other content", Assert.Throws<RunException>(() => Search("search", "a", "x", "c")));
        AssertRefused("search", "case_000 has other content, case_002 has other content", Assert.Throws<RunException>(() => Search("search", "x", "b", "y")));
        AssertRefused("training", "case_000 has other content", Assert.Throws<RunException>(() => Training("training", "x", "b")));
        var cases = new SearchCases([Case(0, "a")], [Case(1, "b")], [Case(3, "d")]);
        AssertRefused("search", "case_002 is no longer among them, case_003 is new", Assert.Throws<RunException>(() => Search("search", cases)));

        var config = _folder.PathOf("search", "config.json");
        var fault = Assert.Throws<RunException>(() => SearchRun.Repeat(config, _folder.PathOf("again"), [Case(0, "a"), Case(1, "x"), Case(2, "c")]));
        Assert.StartsWith($"{config} was made with other content of the case case_001; ", fault.Message, StringComparison.Ordinal);
        SearchRun.Repeat(config, _folder.PathOf("again"), [Case(0, "a"), Case(1, "b"), Case(2, "c")]).Dispose();
        PromiseTable.Kept("5 runs refused, 2 accepted");
    }

    [Fact]
    public void A_run_of_an_earlier_version_and_cases_without_a_hash_are_not_compared()
    {
        Search("search", "a", "b", "c").Dispose();
        var cases = new SearchCases([Case(0, null)], [Case(1, null)], [Case(2, null)]);
        Search("search", cases).Dispose();
        var config = Config("search");
        config.Remove("content");
        File.WriteAllText(_folder.PathOf("search", "config.json"), config.ToJsonString());
        Search("search", "x", "y", "z").Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData(null)]
    [Promise("A finished search or training opens without its checkpoint, or with a truncated one: history and result are there")]
    public void A_finished_run_opens_without_a_whole_checkpoint(int? length)
    {
        ArchitectureLogits logits;
        float[] weights;
        using (var search = Search("search", "a", "b", "c"))
        using (var training = Training("training", "a", "b"))
        {
            _ = search.Run(cancellation: TestContext.Current.CancellationToken).ToList();
            _ = training.Run(cancellation: TestContext.Current.CancellationToken).ToList();
            (logits, weights) = (search.Supernet.Logits(), Values(training));
        }

        foreach (var run in (string[])["search", "training"])
        {
            var checkpoint = _folder.PathOf(run, "checkpoint.safetensors");
            if (length is { } bytes) File.WriteAllBytes(checkpoint, File.ReadAllBytes(checkpoint)[..bytes]);
            else File.Delete(checkpoint);
        }

        using var finished = Search("search", "a", "b", "c");
        using var trained = Training("training", "a", "b");
        Assert.Contains("checkpoint.safetensors", finished.LostCheckpoint, StringComparison.Ordinal);
        Assert.DoesNotContain("delete", finished.LostCheckpoint, StringComparison.Ordinal);
        Assert.True(finished.IsFinished && trained.IsFinished, "a finished run looks unfinished");
        Assert.Equal((TinyRuns.Epochs, TinyRuns.Epochs), (finished.History.Count, trained.History.Count));
        Assert.Empty(finished.Run(cancellation: TestContext.Current.CancellationToken));
        Assert.Empty(trained.Run(cancellation: TestContext.Current.CancellationToken));
        Assert.Equal(logits.Blocks.SelectMany(block => block.Alphas.SelectMany(alphas => alphas).Concat(block.Betas)), finished.Supernet.Logits().Blocks.SelectMany(block => block.Alphas.SelectMany(alphas => alphas).Concat(block.Betas)));
        Assert.Equal(weights, Values(trained));

        // Without the result there is nothing to read.
        File.Delete(finished.ArchitecturePath);
        if (length is null) Assert.Empty(Search("search", "a", "b", "c").History);
        else Assert.Throws<RunException>(() => Search("search", "a", "b", "c"));
        PromiseTable.Kept("checkpoints of 0 bytes, of 1,000 bytes and missing");
    }

    private static float[] Values(TrainingRun run) => [.. run.Network.parameters().SelectMany(parameter => parameter.data<float>().ToArray())];

    private static FakeCase Case(int number, string? hash) => FakeCase.Random(number, Shape, hash: hash);

    private void AssertRefused(string run, string changes, RunException fault) => Assert.Equal(
        $"{_folder.PathOf(run)} holds a run on other preprocessed cases ({changes}); choose a new run name for the cases of now, or restore the old data and preprocess them again.",
        fault.Message);

    private JsonObject Config(string run) => JsonNode.Parse(File.ReadAllText(_folder.PathOf(run, "config.json")))!.AsObject();

    private SearchRun Search(string name, string a, string b, string validation) =>
        Search(name, new SearchCases([Case(0, a)], [Case(1, b)], [Case(2, validation)]));

    private SearchRun Search(string name, SearchCases cases) => new(
        _folder.PathOf(name), TinyRuns.Plan, new SearchSpace { Family = Family.AdwUNet, BaseWidth = 6, MaxWidth = 12, MaxDepth = 2 }, cases, TinyRuns.SearchOptions);

    private TrainingRun Training(string name, string training, string validation) => new(
        _folder.PathOf(name), TinyRuns.Plan, TinyRuns.Architecture, [Case(0, training)], [Case(1, validation)], TinyRuns.TrainingOptions);
}
