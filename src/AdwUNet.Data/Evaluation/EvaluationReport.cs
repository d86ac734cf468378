using System.Text.Json;
using AdwUNet.Imaging;

namespace AdwUNet.Evaluation;

/// <summary>How well a set of cases was segmented: every case, and mean and spread per class.</summary>
public sealed record EvaluationReport
{
    internal static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Creates a report.</summary>
    /// <param name="cases">Results of the same classes in the same order.</param>
    /// <exception cref="EvaluationException">There is no case, or the classes of two cases differ.</exception>
    public EvaluationReport(IReadOnlyList<CaseResult> cases)
    {
        if (cases.Count == 0 || cases.Contains(null!))
            throw new EvaluationException("There is no case with classes to report; evaluate at least one.");

        string[] Names(CaseResult result) => [.. result.Classes.Select(entry => entry.Class)];
        var names = Names(cases[0]);
        if (cases.FirstOrDefault(result => !Names(result).SequenceEqual(names)) is { } other)
        {
            throw new EvaluationException(
                $"Case {other.Case} has classes [{string.Join(", ", Names(other))}], case {cases[0].Case} [{string.Join(", ", names)}]; report one dataset at a time.");
        }

        Cases = cases;
        Classes = [.. names.Select((name, index) => ClassSummary.Of(name, [.. cases.Select(result => result.Classes[index])]))];
        MeanDice = MetricSummary.Of(Classes.Select(summary => summary.Dice.Mean)).Mean;
    }

    /// <summary>Mean over the foreground classes of their mean Dice; null when no class occurs in any case.</summary>
    public double? MeanDice { get; }

    /// <summary>One summary per foreground class.</summary>
    public IReadOnlyList<ClassSummary> Classes { get; }

    /// <summary>Every case.</summary>
    public IReadOnlyList<CaseResult> Cases { get; }

    /// <summary>The same cases and more, such as those of another fold.</summary>
    /// <exception cref="EvaluationException">The classes differ.</exception>
    public EvaluationReport With(IEnumerable<CaseResult> more) => new([.. Cases, .. more]);

    /// <summary>Writes the report as JSON; the file appears only when it is whole.</summary>
    /// <param name="path">Where to; a file there is replaced.</param>
    /// <exception cref="StorageException">The file cannot be written.</exception>
    public void Save(string path) => AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, this, Json));

    /// <summary>Reads a report; the summaries are recomputed from its cases.</summary>
    /// <exception cref="EvaluationException">The file is missing or no report.</exception>
    public static EvaluationReport Load(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return JsonSerializer.Deserialize<EvaluationReport>(stream, Json) ?? throw new JsonException("It is null.");
        }
        catch (Exception fault) when (fault is JsonException or EvaluationException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new EvaluationException($"{path} is not an evaluation report ({fault.Message}); evaluate again.", fault);
        }
    }

    /// <summary>The report as aligned plain text: a table of the classes, then one of the cases.</summary>
    public string ToText() => ReportText.Of(this);
}
