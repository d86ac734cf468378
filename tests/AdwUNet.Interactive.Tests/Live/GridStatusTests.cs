using AdwUNet.Interactive;
using AdwUNet.Scheduling;
using Microsoft.DotNet.Interactive;

namespace AdwUNet.Interactive.Tests;

/// <summary>The state of a grid as a notebook shows it.</summary>
public sealed class GridStatusTests : IDisposable
{
    private static readonly GridStatus Status = new(
        [
            new("a, fold 0, seed 1", "/runs/a", RunPhase.Finished),
            new("b, fold 0, seed 1", "/runs/b", RunPhase.Running, "n1, process 7", DateTimeOffset.UnixEpoch, 0.25, TimeSpan.FromMinutes(90)),
            new("c <i>, fold 0, seed 1", "/runs/c", RunPhase.Failed, Detail: "the loss is not a number"),
            .. Enumerable.Range(1, 5).Select(i => new RunStatus($"d{i}, fold 0, seed 1", $"/runs/d{i}", RunPhase.Waiting)),
        ],
        []);

    public void Dispose() => KernelInvocationContext.Leave();

    [Fact]
    public void The_table_has_what_runs_what_failed_and_what_is_next()
    {
        var figure = StatusDisplay.Of(Status);
        Assert.StartsWith("1 of 8 runs finished, 1 running, 5 waiting, 1 failed (2 more wait)", figure.Text, StringComparison.Ordinal);
        foreach (var part in new[] { "n1, process 7", "25 %", "1:30:00", "the loss is not a number", "d3" })
        {
            Assert.Contains(part, figure.Html, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("d4", figure.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<i>", figure.Html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_live_state_is_replaced_in_place_and_ends_with_the_last_one()
    {
        var kernel = KernelInvocationContext.Enter();
        using (var live = new LiveStatus())
        {
            live.Report(Status);
            live.Report(Status with { Runs = [.. Status.Runs.Skip(1)] }); // too fresh to be shown
            live.Report(Status with { Runs = [.. Status.Runs.Take(2)] });
        }

        Assert.Equal(
            [("1 of 8 runs", false), ("1 of 2 runs", true)],
            kernel.Shown.Select(shown => (shown.Text[..11], shown.Replaced)));
    }
}
