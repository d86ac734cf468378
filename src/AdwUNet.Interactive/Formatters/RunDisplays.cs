using System.Globalization;
using System.Text.Json;
using AdwUNet.Experiments;
using AdwUNet.Networks;
using AdwUNet.Runs;
using AdwUNet.Search;
using AdwUNet.Training;
using Plotly.NET;

namespace AdwUNet.Interactive;

/// <summary>What a notebook shows of searches and trainings: how far they are, and how they went.</summary>
internal static class RunDisplays
{
    // The rows of the table of a long history; the chart has all epochs.
    private const int MaxRows = 12;

    /// <summary>A search: its state, what it would choose now, and its curves.</summary>
    public static HtmlFigure Of(SearchRun search) => Of(
        search, "Search", ("architecture now", search.Supernet.Decode()), history => Charts.Losses(history, search.Supernet.Plan.TargetNames));

    /// <summary>A training: its state, its network, and its curves.</summary>
    public static HtmlFigure Of(TrainingRun training) => Of(
        training, "Training", ("network", training.Network.Architecture), history => Charts.Losses(history, training.Network.Plan.TargetNames));

    /// <summary>A folder of a run, as it lies on the disk.</summary>
    public static HtmlFigure Of(RunFolder folder)
    {
        var history = folder.File("history.jsonl");
        var epochs = File.Exists(history) ? File.ReadLines(history).Count() : 0;
        return Tables.Html(
            null, ("run", Kind(folder.File("config.json"))), ("epochs done", epochs), ("checkpoint", Written(folder.CheckpointPath)),
            ("found architecture", File.Exists(folder.File("architecture.json"))), ("folder", folder.Path));
    }

    /// <summary>The epochs of a search: a table and its curves.</summary>
    public static HtmlFigure Of(IReadOnlyList<SearchEpoch> epochs)
    {
        if (epochs.Count == 0) return new HtmlFigure(Summaries.Preformatted(NoEpoch), NoEpoch);
        var table = Tables.Html(
            ["epoch", "weight loss", "architecture loss", "validation loss", "mean Dice", "temperature", "seconds"],
            Thin(epochs).Select(e => (IReadOnlyList<object?>)
            [
                e.Epoch, Short(e.WeightLoss), Short(e.ArchitectureLoss), Short(e.ValidationLoss), Short(e.ValidationDice.Average()), e.Temperature, Math.Round(e.Seconds, 1),
            ]));
        return WithChart($"{Summaries.Count(epochs.Count, "epoch")} of a search", table, Charts.Losses(epochs));
    }

    /// <summary>The epochs of a training: a table and its curves.</summary>
    public static HtmlFigure Of(IReadOnlyList<TrainingEpoch> epochs)
    {
        if (epochs.Count == 0) return new HtmlFigure(Summaries.Preformatted(NoEpoch), NoEpoch);
        var table = Tables.Html(
            ["epoch", "training loss", "validation loss", "mean Dice", "learning rate", "seconds"],
            Thin(epochs).Select(e => (IReadOnlyList<object?>)
            [
                e.Epoch, Short(e.TrainingLoss), Short(e.ValidationLoss), Short(e.ValidationDice.Average()), e.LearningRate, Math.Round(e.Seconds, 1),
            ]));
        return WithChart($"{Summaries.Count(epochs.Count, "epoch")} of a training", table, Charts.Losses(epochs));
    }

    /// <summary>The results of a grid: its variants, and their differences.</summary>
    public static HtmlFigure Of(GridResults results) => results.Count == 0
        ? new HtmlFigure(Summaries.Preformatted(NoRun), NoRun)
        : WithChart($"{Summaries.Count(results.Count, "finished run")}", Tables.Variants(results), Charts.Outcomes(results));

    private const string NoRun = "Results: no run is finished yet.";

    private const string NoEpoch = "History: no epoch is done yet.";

    private static HtmlFigure Of<TNetwork, TState, TEpoch>(
        DurableRun<TNetwork, TState, TEpoch> run, string kind, (string, object?) result, Func<IReadOnlyList<TEpoch>, GenericChart> curves)
        where TNetwork : EncoderDecoder
        where TState : ILoopState
    {
        var state = run.IsFinished ? "finished" : run.History.Count == 0 ? "not started" : "unfinished";
        var computed = run.Arithmetic.Declined is { } reason ? $"{run.Arithmetic} ({reason})" : run.Arithmetic.ToString();
        (string, object?)[] memory = run.MemoryNeed is { } need ? [("memory", need)] : [];
        (string, object?)[] rows = [("state", state), ("epochs", $"{run.History.Count} of {run.Epochs}"), result, ("computed in", computed), .. memory, ("folder", run.Folder)];
        var table = Tables.Html(null, rows);
        return run.History.Count == 0 ? WithTitle(kind, table) : WithChart(kind, table, curves(run.History));
    }

    private static HtmlFigure WithTitle(string title, HtmlFigure table) =>
        new(SliceHtml.Heading(title) + table.Body, title + Environment.NewLine + table.Text);

    private static HtmlFigure WithChart(string title, HtmlFigure table, GenericChart chart)
    {
        var (head, curves) = (WithTitle(title, table), ChartHtml.ToFigure(chart));
        return new HtmlFigure(head.Body + curves.Body, head.Text + Environment.NewLine + curves.Text, curves.Caption);
    }

    private static List<T> Thin<T>(IReadOnlyList<T> epochs) => epochs.Count <= MaxRows
        ? [.. epochs]
        : [.. Enumerable.Range(0, MaxRows).Select(i => epochs[(int)Math.Round(i * (epochs.Count - 1.0) / (MaxRows - 1))])];

    private static string? Short(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture);

    private static string Kind(string config)
    {
        if (!File.Exists(config)) return "not started";
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(config));
            return json.RootElement.TryGetProperty("kind", out var kind) ? kind.ToString() : "of an unknown kind";
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return "damaged: its config.json cannot be read";
        }
    }

    private static string Written(string path) =>
        File.Exists(path) ? File.GetLastWriteTime(path).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) : "none";
}
