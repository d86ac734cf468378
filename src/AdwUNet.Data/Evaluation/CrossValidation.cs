using System.Text.Json;
using System.Text.Json.Serialization;

namespace AdwUNet.Evaluation;

/// <summary>How well a method segments: one report for every fold, and mean and spread over the folds.</summary>
public sealed record CrossValidation
{
    /// <summary>Creates a cross-validation.</summary>
    /// <param name="folds">The reports of the folds' validation cases, in the order of the folds; the same classes, no case twice.</param>
    /// <param name="numbers">The number of each fold, where some are not evaluated yet; 0, 1, 2 ... when null.</param>
    /// <exception cref="EvaluationException">There is no fold, the classes of two folds differ, a case is in two folds, or there is not one number for each fold.</exception>
    public CrossValidation(IReadOnlyList<EvaluationReport> folds, IReadOnlyList<int>? numbers = null)
    {
        if (folds.Count == 0 || folds.Contains(null!))
            throw new EvaluationException("There is no fold with cases to summarise; evaluate at least one.");

        Numbers = numbers ?? [.. Enumerable.Range(0, folds.Count)];
        if (Numbers.Distinct().Count() != folds.Count || Numbers.Count != folds.Count)
        {
            throw new EvaluationException(
                $"There are {folds.Count} folds and the numbers {string.Join(", ", Numbers)} for them; give each fold a different number.");
        }

        // A report of all cases refuses folds whose classes differ.
        AllCases = folds.Skip(1).Aggregate(folds[0], (all, fold) => all.With(fold.Cases));
        if (AllCases.Cases.GroupBy(result => result.Case).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new EvaluationException(
                $"Case {twice.Key} is validated {twice.Count()} times; in a cross-validation each case belongs to one fold.");
        }

        Folds = folds;
        Classes = [.. Enumerable.Range(0, folds[0].Classes.Count).Select(index => FoldSummary.Of([.. folds.Select(fold => fold.Classes[index])]))];
        MeanDice = MetricSummary.Of(folds.Select(fold => fold.MeanDice));
    }

    /// <summary>Mean and spread over the folds of each fold's mean Dice of the classes.</summary>
    public MetricSummary MeanDice { get; }

    /// <summary>One summary per foreground class.</summary>
    public IReadOnlyList<FoldSummary> Classes { get; }

    /// <summary>The number of each fold.</summary>
    public IReadOnlyList<int> Numbers { get; }

    /// <summary>The report of each fold.</summary>
    public IReadOnlyList<EvaluationReport> Folds { get; }

    /// <summary>The cases of all folds as one report: every case of the dataset, segmented by a network that has not seen it.</summary>
    [JsonIgnore]
    public EvaluationReport AllCases { get; }

    /// <summary>Writes all folds as JSON; the file appears only when it is whole.</summary>
    /// <param name="path">Where to; a file there is replaced.</param>
    /// <exception cref="StorageException">The file cannot be written.</exception>
    public void Save(string path) => AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, this, EvaluationReport.Json));

    /// <summary>Reads a cross-validation; the summaries are recomputed from the cases.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="EvaluationException">The file is missing or no cross-validation.</exception>
    public static CrossValidation Load(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return JsonSerializer.Deserialize<CrossValidation>(stream, EvaluationReport.Json) ?? throw new JsonException("It is null.");
        }
        catch (Exception fault) when (fault is JsonException or EvaluationException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new EvaluationException($"{path} is not a cross-validation ({fault.Message}); evaluate its folds again.", fault);
        }
    }

    /// <summary>The cross-validation as aligned plain text: a table of the classes, then one of the folds.</summary>
    public string ToText() => ReportText.Of(this);
}
