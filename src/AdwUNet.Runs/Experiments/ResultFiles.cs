using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AdwUNet.Architectures;
using AdwUNet.Evaluation;
using AdwUNet.Prediction;
using AdwUNet.Runs;

namespace AdwUNet.Experiments;

/// <summary>
/// Results as a folder of small files that can be kept with the code: <c>rows.csv</c> (a line for each run: Dice, cost, version, machine),
/// <c>cases.csv</c> (Dice and Hausdorff distance of each class of each scan), <c>curves.csv</c> (each epoch), <c>architectures.json</c>, and
/// <c>settings.json</c> (all settings of each variant).
/// </summary>
public static class ResultFiles
{
    private const string RowsFile = "rows.csv";
    private const string CasesFile = "cases.csv";
    private const string CurvesFile = "curves.csv";
    private const string ArchitecturesFile = "architectures.json";
    private const string ScoresFile = "supernet.csv";
    private const string SettingsFile = "settings.json";

    private const double Rounding = 1e-9; // of a mean or sum that is computed again

    private static readonly string[] FilesOfRun = ["config.json", "history.jsonl", "timing.jsonl", TrainedModel.ArchitectureFileName];

    /// <summary>Writes the files.</summary>
    /// <param name="results">Finished runs, of one grid or several.</param>
    /// <param name="folder">Where to; results of the same runs that are there are replaced.</param>
    /// <exception cref="ExperimentException">The folder has results of other runs, which would be lost.</exception>
    /// <exception cref="RunException">A run's folder is damaged.</exception>
    /// <exception cref="StorageException">A file cannot be written.</exception>
    public static void Save(GridResults results, string folder)
    {
        ArgumentNullException.ThrowIfNull(results);
        RequireNoneLost(results, Path.Combine(folder, RowsFile));
        GridResults.Written(Path.Combine(folder, RowsFile), Csv.Text(results.Select(RowOf)));
        GridResults.Written(Path.Combine(folder, CasesFile), Csv.Text(
            from result in results
            from scan in result.Evaluation.Cases
            from label in scan.Classes
            select new Case(result.Run.Key, scan.Case, label.Class, label.Dice, label.HausdorffDistance95, label.ReferenceVoxels, label.PredictionVoxels)));
        GridResults.Written(Path.Combine(folder, CurvesFile), Csv.Text(
            from result in results
            from point in result.Curve
            select new CurveRow(result.Run.Key, point.Stage, point.Epoch, point.Seconds, point.Loss, point.Dice)));
        SaveLines(Path.Combine(folder, ArchitecturesFile), results.Select(result => (
            result.Run.Key,
            JsonSerializer.SerializeToNode(new TrainedArchitecture(result.Architecture.Family, result.Architecture.Widths), JsonFile.Line)!)));
        SaveLines(Path.Combine(folder, SettingsFile), results.DistinctBy(result => result.Run.Variant.Name)
            .Select(result => (result.Run.Variant.Name, (JsonNode)result.Run.Variant.Json)));
    }

    /// <summary>Reads the files.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="runs">The runs that may have a result there; the results have their order.</param>
    /// <exception cref="ExperimentException">A file is missing or damaged, holds a run that is none of these, or differs from the others.</exception>
    public static GridResults Load(string folder, IReadOnlyList<GridRun> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var rows = Csv.Read<Row>(Path.Combine(folder, RowsFile), row => row.Run).ToDictionary(row => row.Run);
        if (rows.Keys.FirstOrDefault(key => !runs.Any(run => run.Key == key)) is { } unknown)
        {
            throw new ExperimentException($"{folder} holds a result of the run '{unknown}', which is not among the runs that were asked for.");
        }

        var cases = Csv.Read<Case>(Path.Combine(folder, CasesFile), row => $"{row.Run}, {row.Scan}, {row.Class}").ToLookup(row => row.Run);
        var curves = Csv.Read<CurveRow>(
            Path.Combine(folder, CurvesFile), row => string.Create(CultureInfo.InvariantCulture, $"{row.Run}, {row.Stage}, {row.Epoch}")).ToLookup(row => row.Run);
        var architectures = JsonFile.Load<Dictionary<string, TrainedArchitecture?>>(
            Path.Combine(folder, ArchitecturesFile), (message, error) => new ExperimentException(message, error));
        if (cases.Select(run => run.Key).Concat(curves.Select(run => run.Key)).Concat(architectures.Keys).FirstOrDefault(key => !rows.ContainsKey(key)) is { } alone)
        {
            throw new ExperimentException($"{folder} has no row of the run '{alone}', but scans, epochs or an architecture of it; export the results again.");
        }

        return new([.. runs.Where(run => rows.ContainsKey(run.Key)).Select(run =>
        {
            var row = rows[run.Key];
            if (architectures.GetValueOrDefault(run.Key) is not { } network || !cases.Contains(run.Key))
            {
                throw new ExperimentException($"{folder} has a row of the run '{run.Key}', but no architecture or no scans of it; export the results again.");
            }

            return Checked(folder, row, () => new GridResult(
                run, Architecture.FromWidths(network.Widths, network.Family), row.Weights, row.ForwardFlops, new EvaluationReport([.. cases[run.Key]
                    .GroupBy(label => label.Scan).Select(scan => new CaseResult { Case = scan.Key, Classes = [.. scan.Select(ClassOf)] })]))
            {
                Cost = new(row.SearchSeconds, row.TrainingSeconds, row.SegmentationSeconds, row.PeakMemory),
                Origin = new(row.Version, row.Processor, row.Threads, row.Arithmetic),
                Curve = [.. curves[run.Key].Select(e => new CurvePoint(e.Stage, e.Epoch, e.Seconds, e.Loss, e.Dice))],
            });
        })]);
    }

    /// <summary>
    /// Copies one run without its checkpoints: the folder <c>search</c> (options, each epoch, the architecture) and the folder <c>training</c> (the same, the plan, and
    /// the weights that gave the results). <see cref="RunFolder.ReadHistory{T}()"/> reads both, <see cref="TrainedModel.Load"/> the second with
    /// <c>unfinished: true</c>.
    /// </summary>
    /// <param name="run">A finished run with a search.</param>
    /// <param name="folder">Where to; files that are there are replaced.</param>
    /// <exception cref="ExperimentException">The run is not finished, or has no search.</exception>
    /// <exception cref="RunException">A file of the run cannot be read.</exception>
    /// <exception cref="StorageException">A file cannot be written.</exception>
    public static void SaveRun(GridRun run, string folder)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (!run.IsFinished || !run.Settings.Searches)
        {
            throw new ExperimentException($"{run.Name} {(run.IsFinished ? "has no search" : "is not finished")}; give a finished run with a search.");
        }

        string[] ofTraining = [.. FilesOfRun, TrainedModel.PlanFile, run.Settings.WeightsFile];
        foreach (var (from, files) in new[] { (run.SearchFolder, FilesOfRun), (run.TrainingFolder, ofTraining) })
        {
            var to = Path.GetFullPath(Path.Combine(folder, Path.GetFileName(from)));
            FolderEntry.Create(to);
            foreach (var file in files)
            {
                using var source = Opened(Path.Combine(from, file));
                AtomicFile.Write(Path.Combine(to, file), source.CopyTo, source.Length);
            }
        }
    }

    /// <summary>Writes the loss of networks inside a supernet to <c>supernet.csv</c>.</summary>
    /// <param name="scores">By the key of the run that trained the network alone.</param>
    /// <param name="folder">Where to.</param>
    /// <exception cref="StorageException">The file cannot be written.</exception>
    public static void SaveScores(IReadOnlyDictionary<string, double> scores, string folder) =>
        GridResults.Written(Path.Combine(folder, ScoresFile), Csv.Text(scores.Select(score => new Score(score.Key, score.Value))));

    /// <summary>Reads what <see cref="SaveScores"/> wrote; none without the file.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="ExperimentException">The file is damaged.</exception>
    public static IReadOnlyDictionary<string, double> LoadScores(string folder) => File.Exists(Path.Combine(folder, ScoresFile))
        ? Csv.Read<Score>(Path.Combine(folder, ScoresFile), score => score.Run).ToDictionary(score => score.Run, score => score.Loss)
        : new Dictionary<string, double>();

    /// <summary>The settings of each variant in a folder, as JSON.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="RunException">The file is missing or damaged.</exception>
    internal static JsonObject Settings(string folder) =>
        JsonFile.Load<JsonObject>(Path.Combine(folder, SettingsFile), (message, error) => new RunException(message, error));

    private static FileStream Opened(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"{path} cannot be read ({error.Message}).", error);
        }
    }

    private static void RequireNoneLost(GridResults results, string path)
    {
        IReadOnlyList<Row> there;
        try
        {
            there = Csv.Read<Row>(path, row => row.Run);
        }
        catch (ExperimentException)
        {
            return; // missing, or damaged and written anew
        }

        string[] lost = [.. there.Select(row => row.Run).Except(results.Select(result => result.Run.Key))];
        if (lost.Length > 0)
        {
            throw new ExperimentException(
                $"{path} has {lost.Length} {(lost.Length == 1 ? "run that is" : "runs that are")} not finished here, such as '{lost[0]}'; export to another folder.");
        }
    }

    // A row says again what the lines of its scans and epochs give.
    private static GridResult Checked(string folder, Row row, Func<GridResult> read)
    {
        GridResult result;
        try
        {
            result = read();
        }
        catch (Exception error) when (error is EvaluationException or ArchitectureException)
        {
            throw new ExperimentException($"{folder} is damaged at the run '{row.Run}' ({error.Message}); export the results again.", error);
        }

        static bool Same(double? a, double? b) => a is { } x && b is { } y ? Math.Abs(x - y) <= Rounding * Math.Max(1, Math.Abs(x)) : a is null && b is null;
        double Seconds(string stage) => result.Curve.Where(point => point.Stage == stage).Sum(point => point.Seconds);
        var differs = !Same(row.Dice, result.Dice) || !Same(row.HausdorffDistance95, result.HausdorffDistance95) ? "scans"
            : !Same(row.SearchSeconds, Seconds(CurvePoint.Search)) || !Same(row.TrainingSeconds, Seconds(CurvePoint.Training)) ? "epochs"
            : null;
        return differs is null
            ? result
            : throw new ExperimentException($"{folder}: the row of the run '{row.Run}' differs from its {differs}; export the results again.");
    }

    private static Row RowOf(GridResult result) => new(
        result.Run.Key, result.Run.Variant.Name, result.Run.Fold, result.Run.Seed, result.Dice, result.HausdorffDistance95, result.Weights,
        result.ForwardFlops, result.Run.Settings.SearchIterations, result.Run.Iterations - result.Run.Settings.SearchIterations,
        result.Cost.SearchSeconds, result.Cost.TrainingSeconds, result.Cost.SegmentationSeconds, result.Cost.PeakMemory, result.Origin.Threads,
        result.Origin.Processor, result.Origin.Arithmetic, result.Origin.Version);

    private static ClassResult ClassOf(Case label) => new()
    {
        Class = label.Class,
        Presence = ScanTable.PresenceOf(label.ReferenceVoxels, label.PredictionVoxels),
        Dice = label.Dice,
        HausdorffDistance95 = label.HausdorffDistance95,
        ReferenceVoxels = label.ReferenceVoxels,
        PredictionVoxels = label.PredictionVoxels,
    };

    // One entry a line, so that a version control shows what was added.
    private static void SaveLines(string path, IEnumerable<(string Name, JsonNode Value)> entries) => GridResults.Written(path, "{\n" + string.Join(
        ",\n", entries.Select(entry => $"{JsonSerializer.Serialize(entry.Name, JsonFile.Line)}: {entry.Value.ToJsonString(JsonFile.Line)}")) + "\n}\n");

    private sealed record Row(
        string Run, string Variant, int Fold, int Seed, double? Dice, double? HausdorffDistance95, long Weights, long ForwardFlops, int SearchIterations,
        int TrainingIterations, double SearchSeconds, double TrainingSeconds, double SegmentationSeconds, long PeakMemory, int Threads, string Processor,
        string Arithmetic, string Version);

    private sealed record Case(string Run, string Scan, string Class, double? Dice, double? HausdorffDistance95, long ReferenceVoxels, long PredictionVoxels);

    private sealed record Score(string Run, double Loss);

    private sealed record CurveRow(string Run, string Stage, int Epoch, double Seconds, double Loss, double? Dice);
}
