using System.Globalization;
using AdwUNet.Scheduling;

namespace AdwUNet.Interactive;

/// <summary>What a notebook shows of the state of a grid: the counts, and the runs that are running, failed, or next.</summary>
internal static class StatusDisplay
{
    // Rows for runs that wait; a grid may have thousands.
    private const int MaxWaiting = 3;

    public static HtmlFigure Of(GridStatus status)
    {
        var waiting = status.Runs.Where(run => run.Phase == RunPhase.Waiting).ToList();
        var shown = status.Runs.Where(run => run.Phase is RunPhase.Running or RunPhase.Failed).Concat(waiting.Take(MaxWaiting)).ToList();
        if (shown.Count == 0) return new HtmlFigure(Summaries.Preformatted(status.Summary), status.Summary);
        var table = Tables.Html(
            ["run", "state", "where", "since", "done", "time left", "why"],
            shown.Select(run => (IReadOnlyList<object?>)
            [
                run.Name, run.Phase.ToString().ToLowerInvariant(), run.Where, Time(run.Since), run.Part?.ToString("0 %", CultureInfo.InvariantCulture),
                Left(run.Left), run.Detail,
            ]));
        var more = waiting.Count > MaxWaiting ? $" ({waiting.Count - MaxWaiting} more wait)" : "";
        return new HtmlFigure(SliceHtml.Heading(status.Summary + more) + table.Body, status.Summary + more + Environment.NewLine + table.Text);
    }

    private static string? Time(DateTimeOffset? time) => time?.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static string? Left(TimeSpan? left) => left?.ToString(left >= TimeSpan.FromDays(1) ? "d' d 'h' h'" : "h':'mm':'ss", CultureInfo.InvariantCulture);
}
