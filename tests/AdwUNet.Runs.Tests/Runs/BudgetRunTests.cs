using System.Text.Json.Nodes;
using AdwUNet.Architectures;
using AdwUNet.Cpu;
using AdwUNet.Networks;
using AdwUNet.Search;
using AdwUNet.Tests.Extensions;
using AdwUNet.Training;

namespace AdwUNet.Runs.Tests;

/// <summary>A search with a budget as a run: its files, its resume, and every kind of network.</summary>
public sealed class BudgetRunTests : IDisposable
{
    private const int AllSteps = TinyRuns.Epochs * TinyRuns.Iterations;

    private static readonly SearchOptions Budgeted = TinyRuns.SearchOptions with { Budget = Budget.Flops(5e6) };

    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(MixedLevelOrder.Published)]
    [InlineData(MixedLevelOrder.Joint)]
    public void Stopped_after_any_step_it_ends_as_one_that_was_not(MixedLevelOrder order)
    {
        var options = Budgeted with { Order = order };
        var whole = Finish("whole", options);
        for (var stop = 1; stop < AllSteps; stop += 2)
        {
            using (var search = TinyRuns.Search(_folder.PathOf($"{stop}"), options))
            using (var source = new CancellationTokenSource())
            {
                var last = stop;
                Assert.Throws<OperationCanceledException>(
                    () => search.Run(new Immediate<StepProgress>(step => source.CancelAfterStep(step, last)), source.Token).ToList());
            }

            Assert.Equal(whole, Finish($"{stop}", options));
        }
    }

    [Fact]
    public void Config_and_history_record_it_and_a_search_without_one_has_none_of_it()
    {
        Finish("with", Budgeted);
        Finish("without", TinyRuns.SearchOptions);
        var budget = JsonNode.Parse(File.ReadAllText(_folder.PathOf("with", "config.json")))!["options"]!["budget"]!;
        Assert.Equal(("flops", 5e6), ((string?)budget["kind"], (double)budget["limit"]!));
        var history = new RunFolder(_folder.PathOf("with")).ReadHistory<SearchEpoch>();
        Assert.Equal(0, history[0].Multiplier); // the warm-up
        Assert.NotEqual(0, history[^1].Multiplier);
        Assert.All(history, epoch => Assert.InRange(epoch.ExpectedCost!.Value, 1e5, 1e8));
        Assert.DoesNotContain("ultiplier", File.ReadAllText(_folder.PathOf("without", "history.jsonl")), StringComparison.Ordinal);
        Assert.DoesNotContain("xpectedCost", File.ReadAllText(_folder.PathOf("without", "history.jsonl")), StringComparison.Ordinal);

        using (var again = SearchRun.Repeat(_folder.PathOf("with", "config.json"), _folder.PathOf("again"), [.. TinyRuns.Cases(0), .. TinyRuns.Cases(10), .. TinyRuns.Cases(20, 1)]))
        {
            _ = again.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        }

        Assert.Equal(TinyRuns.Files(_folder.PathOf("with")), TinyRuns.Files(_folder.PathOf("again")));
        Assert.Contains("budget", Assert.Throws<RunException>(() => TinyRuns.Search(_folder.PathOf("without"), Budgeted)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_budget_in_seconds_is_kept_resumed_and_asked_for_again()
    {
        MeasuredSeconds Seconds(double perValue) => MeasuredSeconds.Given(
            TinyRuns.Plan, new() { Family = Family.AdwUNet, BaseWidth = 6, MaxWidth = 12, MaxDepth = 2 }, (site, input, output) => perValue * site.Shape.Count * input * output);
        var table = Seconds(1e-9);
        var limit = table.Of(Architecture.FromWidths([[4, 6], [8], [6, 4]]), TinyRuns.Plan);
        var options = TinyRuns.SearchOptions with { Budget = Budget.Seconds(limit, table) };
        var whole = Finish("whole", options);
        var model = JsonNode.Parse(File.ReadAllText(_folder.PathOf("whole", "config.json")))!["options"]!["budget"]!["model"]!;
        Assert.Equal(nameof(MeasuredSeconds), (string?)model["name"]);
        Assert.Equal(table.Table.Count, model["options"]!["table"]!.AsObject().Count);
        var history = new RunFolder(_folder.PathOf("whole")).ReadHistory<SearchEpoch>();
        Assert.All(history, epoch => Assert.InRange(epoch.ExpectedCost!.Value, limit / 10, limit * 10));
        Assert.NotEqual(0, history[^1].Multiplier);

        using (var search = TinyRuns.Search(_folder.PathOf("stopped"), options))
        using (var source = new CancellationTokenSource())
        {
            Assert.Throws<OperationCanceledException>(() => search.Run(new Immediate<StepProgress>(step => source.CancelAfterStep(step, AllSteps - 2)), source.Token).ToList());
        }

        Assert.Equal(whole, Finish("stopped", options with { Budget = Budget.Seconds(limit, Seconds(1e-9)) }));
        Assert.Contains("budget.model.options.table", Assert.Throws<RunException>(() => Finish("stopped", options with { Budget = Budget.Seconds(limit, Seconds(1.1e-9)) })).Message, StringComparison.Ordinal);

        Assert.Contains("was made with the budget 'MeasuredSeconds'", Assert.Throws<RunException>(() => Repeated(null)).Message, StringComparison.Ordinal);
        Assert.Equal(whole, Repeated(given => given with { Budget = options.Budget }));

        SortedDictionary<string, string> Repeated(Func<SearchOptions, SearchOptions>? code)
        {
            using (var again = SearchRun.Repeat(
                _folder.PathOf("whole", "config.json"), _folder.PathOf("again"), [.. TinyRuns.Cases(0), .. TinyRuns.Cases(10), .. TinyRuns.Cases(20, 1)], code: code))
            {
                _ = again.Run(cancellation: TestContext.Current.CancellationToken).ToList();
            }

            return TinyRuns.Files(_folder.PathOf("again"));
        }
    }

    [Fact]
    public void A_penalty_of_weight_0_changes_nothing()
    {
        Finish("without", TinyRuns.SearchOptions);
        Finish("zero", TinyRuns.SearchOptions with { Budget = Budget.Flops(1) with { Weight = 0 } });
        Assert.Equal(Logits("without"), Logits("zero"));

        string Logits(string name) => JsonNode.Parse(File.ReadLines(_folder.PathOf(name, "history.jsonl")).Last())!["logits"]!.ToJsonString();
    }

    public static TheoryData<Family, CostKind, string> Kinds
    {
        get
        {
            var data = new TheoryData<Family, CostKind, string>();
            foreach (var kind in Enum.GetValues<CostKind>())
            {
                data.Add(Family.AdwUNet, kind, "published");
                data.Add(Family.AdwUNet, kind, "own");
                data.Add(Family.AwUNet, kind, "straight through");
                data.Add(Family.AdUNet, kind, "plain");
            }

            return data;
        }
    }

    /// <summary>So large a weight that the loss does not count: the search ends with the smallest depth and a lower cost, or, below 0, with the largest depth and a higher one.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_large_weight_leads_every_family_unit_and_relaxation_to_small_networks(Family family, CostKind kind, string parts)
    {
        var options = TinyRuns.SearchOptions with
        {
            Unit = parts == "own" ? UnitFactory.Of<SiluUnit>() : null,
            Relaxation = parts switch
            {
                "own" => new QuadraticRelaxation(),
                "straight through" => new StraightThroughGumbelSoftmax(),
                "plain" => new PlainSoftmax(),
                _ => null,
            },
        };
        var (small, large) = (Search(1e6), Search(-1e6));
        Assert.True(small[^1].ExpectedCost < 0.98 * large[^1].ExpectedCost, $"{small[^1].ExpectedCost} and {large[^1].ExpectedCost}");
        Assert.All(small[^1].Logits.Decode().Widths, block => Assert.Equal(family == Family.AwUNet ? 2 : 1, block.Count));
        Assert.All(large[^1].Logits.Decode().Widths, block => Assert.Equal(2, block.Count));

        IReadOnlyList<SearchEpoch> Search(double weight)
        {
            using var search = TinyRuns.Search(_folder.PathOf($"{weight}"), options with { Budget = new(kind, 1e6) { Weight = weight } }, family);
            return [.. search.Run(cancellation: TestContext.Current.CancellationToken)];
        }
    }

    [Theory]
    [InlineData(1e2)]
    [InlineData(1e12)]
    public void A_budget_that_no_network_of_the_space_can_meet_is_refused(double limit)
    {
        var error = Assert.Throws<RunException>(() => TinyRuns.Search(_folder.PathOf("refused"), Budgeted with { Budget = Budget.Weights(limit) }));
        Assert.Contains("Budget.Limit (Weights)", error.Message, StringComparison.Ordinal);
    }

    private SortedDictionary<string, string> Finish(string name, SearchOptions options)
    {
        using var search = TinyRuns.Search(_folder.PathOf(name), options);
        _ = search.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        return TinyRuns.Files(_folder.PathOf(name));
    }
}
