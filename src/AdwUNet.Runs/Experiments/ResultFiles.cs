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

    private static readonly string[] FilesOfRun = ["config.json", "history.jsonl", "timing.jsonl", TrainedModel.ArchitectureFileName];


    /// <summary>Writes the files.</summary>
    /// <param name="results">Finished runs, of one grid or several.</param>
    /// <param name="folder">Where to.</param>
    /// <exception cref="RunException">A run's folder is damaged.</exception>
    /// <exception cref="StorageException">A file cannot be written.</exception>
    public static void Save(GridResults results, string folder)
    {
        ArgumentNullException.ThrowIfNull(results);
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
    /// <exception cref="ExperimentException">A file is missing or damaged, or holds a run that is none of these.</exception>
    public static GridResults Load(string folder, IReadOnlyList<GridRun> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var rows = Csv.Read<Row>(Path.Combine(folder, RowsFile)).ToDictionary(row => row.Run);
        if (rows.Keys.FirstOrDefault(key => !runs.Any(run => run.Key == key)) is { } unknown)
        {
            throw new ExperimentException($"{folder} holds a result of the run '{unknown}', which is not among the runs that were asked for.");
        }

        var cases = Csv.Read<Case>(Path.Combine(folder, CasesFile)).ToLookup(row => row.Run);
        var curves = Csv.Read<CurveRow>(Path.Combine(folder, CurvesFile)).ToLookup(row => row.Run);
        var architectures = JsonFile.Load<Dictionary<string, TrainedArchitecture>>(
            Path.Combine(folder, ArchitecturesFile), (message, error) => new RunException(message, error));
        return new([.. runs.Where(run => rows.ContainsKey(run.Key)).Select(run =>
        {
            var row = rows[run.Key];
            if (!architectures.TryGetValue(run.Key, out var network) || !cases.Contains(run.Key))
            {
                throw new ExperimentException($"{folder} has a row of the run '{run.Key}', but no architecture or no scans of it; export the results again.");
            }

            return new GridResult(
                run, Architecture.FromWidths(network.Widths, network.Family), row.Weights, row.ForwardFlops, new EvaluationReport([.. cases[run.Key]
                    .GroupBy(label => label.Scan).Select(scan => new CaseResult { Case = scan.Key, Classes = [.. scan.Select(ClassOf)] })]))
            {
                Cost = new(row.SearchSeconds, row.TrainingSeconds, row.SegmentationSeconds, row.PeakMemory),
                Origin = new(row.Version, row.Processor, row.Threads, row.Arithmetic),
                Curve = [.. curves[run.Key].Select(e => new CurvePoint(e.Stage, e.Epoch, e.Seconds, e.Loss, e.Dice))],
            };
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
            var to = Path.Combine(folder, Path.GetFileName(from));
            FolderEntry.Create(to);
            foreach (var file in files)
            {
                using var source = File.OpenRead(Path.Combine(from, file));
                AtomicFile.Write(Path.Combine(to, file), source.CopyTo, source.Length);
            }
        }
    }

    /// <summary>Writes the Dice of networks inside a supernet to <c>supernet.csv</c>.</summary>
    /// <param name="scores">By the key of the run that trained the network alone.</param>
    /// <param name="folder">Where to.</param>
    /// <exception cref="StorageException">The file cannot be written.</exception>
    public static void SaveScores(IReadOnlyDictionary<string, double> scores, string folder) =>
        GridResults.Written(Path.Combine(folder, ScoresFile), Csv.Text(scores.Select(score => new Score(score.Key, score.Value))));

    /// <summary>Reads what <see cref="SaveScores"/> wrote; none without the file.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="ExperimentException">The file is damaged.</exception>
    public static IReadOnlyDictionary<string, double> LoadScores(string folder) => File.Exists(Path.Combine(folder, ScoresFile))
        ? Csv.Read<Score>(Path.Combine(folder, ScoresFile)).ToDictionary(score => score.Run, score => score.Dice)
        : new Dictionary<string, double>();

    /// <summary>The settings of each variant in a folder, as JSON.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="RunException">The file is missing or damaged.</exception>
    internal static JsonObject Settings(string folder) =>
        JsonFile.Load<JsonObject>(Path.Combine(folder, SettingsFile), (message, error) => new RunException(message, error));

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

    private sealed record Score(string Run, double Dice);

    private sealed record CurveRow(string Run, string Stage, int Epoch, double Seconds, double Loss, double? Dice);
}
