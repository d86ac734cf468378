using AdwUNet.Datasets;
using AdwUNet.Interactive.Tests.Html;
using Microsoft.DotNet.Interactive;

namespace AdwUNet.Interactive.Tests.Live;

public class LiveTests
{
    [Fact]
    public void Progress_shows_rate_and_time_left_and_is_throttled()
    {
        var (clock, display) = (new Clock(), new Recorder());
        using var progress = new LiveProgress("Preprocess <b>", 100, "cases", clock, display);

        for (var i = 0; i < 20; i++)
        {
            clock.Advance(0.1);
            progress.Step();
        }

        // The first showing and one each half second of the two seconds.
        Assert.Equal(5, display.Figures.Count);
        Assert.Equal("Preprocess <b>: 20 of 100 cases, 10 cases/s, 8 s left", display.Figures[^1].Text);
        HtmlChecks.AssertWellFormed(display.Figures[^1].Html);
        Assert.Contains("""value="20" max="100" """, display.Figures[^1].Html, StringComparison.Ordinal);
    }

    [Fact]
    public void Disposed_progress_shows_its_last_state_and_ignores_later_reports()
    {
        var (clock, display) = (new Clock(), new Recorder());
        var progress = new LiveProgress("Search", 2, "epochs", clock, display);
        progress.Report(1);
        clock.Advance(90);
        progress.Report(5);
        clock.Advance(0.1);

        progress.Dispose();
        progress.Report(0);
        progress.Dispose();

        Assert.Equal("Search: 2 of 2 epochs, 45.1 s each, took 1 min 30 s", display.Figures[^1].Text);
        Assert.Equal(3, display.Figures.Count);
    }

    [Fact]
    public void Steps_before_a_resume_do_not_count_for_the_rate()
    {
        var (clock, display) = (new Clock(), new Recorder());
        using var progress = new LiveProgress("Training", 1000, "iterations", clock, display);
        clock.Advance(5);
        progress.Report(500);
        Assert.Equal("Training: 500 of 1000 iterations", display.Figures[^1].Text);
        clock.Advance(10);
        progress.Report(600);
        Assert.Equal("Training: 600 of 1000 iterations, 10 iterations/s, 40 s left", display.Figures[^1].Text);
    }

    [Fact]
    public void Reports_out_of_order_never_move_the_bar_back()
    {
        var (clock, display) = (new Clock(), new Recorder());
        using var progress = new LiveProgress("Cases", 4, "cases", clock, display);
        progress.Report(3);
        clock.Advance(1);
        progress.Report(2);
        Assert.StartsWith("Cases: 3 of 4 cases", display.Figures[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Live_chart_is_updated_in_place_and_ends_with_all_values()
    {
        var (clock, display) = (new Clock(), new Recorder());
        using (var live = new LiveChart<int>(values => new HtmlFigure("", string.Join(",", values)), [1], clock, display))
        {
            live.Report(2);
            clock.Advance(0.6);
            live.Report(3);
            live.Report(4);
            Assert.Equal(["1", "1,2,3"], display.Figures.Select(f => f.Text));
        }

        Assert.Equal("1,2,3,4", display.Figures[^1].Text);
    }

    [Fact]
    public void In_a_notebook_the_display_is_updated()
    {
        var kernel = KernelInvocationContext.Enter();
        try
        {
            using (var live = new LiveChart<int>(values => new HtmlFigure("", string.Join(",", values))))
            {
                live.Report(1);
                live.Report(2);
            }

            Assert.Equal([("1", false), ("1,2", true)], kernel.Shown);
        }
        finally
        {
            KernelInvocationContext.Leave();
        }
    }

    [Fact]
    public void Without_updates_the_last_state_is_displayed_again()
    {
        var kernel = KernelInvocationContext.Enter();
        kernel.UpdateIsBroken = true;
        try
        {
            using (var live = new LiveChart<int>(values => new HtmlFigure("", string.Join(",", values))))
            {
                live.Report(1);
                live.Report(2);
            }

            Assert.Equal([("1", false), ("1,2", false)], kernel.Shown);
            kernel.Shown.Clear();
            Assert.Equal([3, 4], new List<int> { 3, 4 }.WithProgress("Cases"));
            Assert.Equal(["Cases: 0 of 2 cases", "Cases: 2 of 2 cases"], kernel.Shown.Select(shown => shown.Text.Split(", ")[0]));
        }
        finally
        {
            KernelInvocationContext.Leave();
        }
    }

    [Fact]
    public void WithProgress_yields_the_items_unchanged()
    {
        var kernel = KernelInvocationContext.Enter();
        try
        {
            Assert.Equal([3, 4, 5], new List<int> { 3, 4, 5 }.WithProgress("Cases"));
            Assert.Equal([1, 2], Enumerable.Range(1, 2).WithProgress("Epochs", 2));

            Assert.StartsWith("Cases: 0 of 3 cases", kernel.Shown[0].Text, StringComparison.Ordinal);
            Assert.Contains(kernel.Shown, s => s.Replaced && s.Text.StartsWith("Cases: 3 of 3 cases", StringComparison.Ordinal));
            Assert.StartsWith("Epochs: 2 of 2 epochs", kernel.Shown[^1].Text, StringComparison.Ordinal);
        }
        finally
        {
            KernelInvocationContext.Leave();
        }
    }

    [Fact]
    public void Outside_a_notebook_progress_is_printed()
    {
        using var console = new StringWriter();

        LiveDisplay.Show(new HtmlFigure("<b>x</b>", "plain"), console).Update(new HtmlFigure("", "later"));

        Assert.Equal(["plain", "later"], console.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    private sealed class Recorder : ILiveDisplay
    {
        public List<HtmlFigure> Figures { get; } = [];

        public void Update(HtmlFigure figure) => Figures.Add(figure);
    }

    private sealed class Clock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(double seconds) => _now += TimeSpan.FromSeconds(seconds).Ticks;
    }
}
