using System.Text.Json;

namespace AdwUNet.Experiments;

/// <content>Results as tables for other programs.</content>
public sealed partial class GridResults
{
    /// <summary>One row for each class of each scan of each run.</summary>
    /// <exception cref="RunException">A history is damaged.</exception>
    public IReadOnlyList<GridRow> Rows() =>
    [
        .. from result in _results
           from scan in result.Evaluation.Cases
           from label in scan.Classes
           select new GridRow(
               result.Run.Variant.Name, result.Run.Fold, result.Run.Seed, scan.Case, label.Class, label.Dice, label.HausdorffDistance95,
               label.ReferenceVoxels, label.PredictionVoxels, result.Weights, result.ForwardFlops, result.Cost.SearchSeconds, result.Cost.TrainingSeconds,
               result.Cost.SegmentationSeconds, result.Cost.PeakMemory, result.Architecture.ToString()),
    ];

    /// <summary>The <see cref="Rows"/> as comma-separated values (RFC 4180) with a heading; empty where a value is not defined.</summary>
    /// <param name="path">Where to write them; null to write no file.</param>
    /// <returns>The text.</returns>
    /// <exception cref="StorageException">The file cannot be written.</exception>
    public string ToCsv(string? path = null) => Written(path, Csv.Text(Rows()));

    /// <summary>
    /// The results as JSON: for each run its variant, fold, seed, architecture and cost, Dice and Hausdorff distance of each scan and class, and the
    /// curves of search and training.
    /// </summary>
    /// <param name="path">Where to write them; null to write no file.</param>
    /// <returns>The text.</returns>
    /// <exception cref="StorageException">The file cannot be written.</exception>
    public string ToJson(string? path = null)
    {
        var runs = _results.Select(result => new
        {
            Variant = result.Run.Variant.Name,
            result.Run.Fold,
            result.Run.Seed,
            Architecture = result.Architecture.ToString(),
            result.Architecture.Family,
            result.Weights,
            result.ForwardFlops,
            result.Cost,
            result.Evaluation.Cases,
            Search = result.Search.Select(epoch => new { epoch.Epoch, epoch.WeightLoss, epoch.ArchitectureLoss, epoch.ValidationLoss, epoch.ValidationDice }),
            Training = result.Training.Select(epoch => new { epoch.Epoch, epoch.TrainingLoss, epoch.ValidationLoss, epoch.ValidationDice }),
        });
        return Written(path, JsonSerializer.Serialize(runs, JsonFile.Options) + "\n");
    }

    internal static string Written(string? path, string text)
    {
        if (path is not null)
        {
            FolderEntry.Create(Path.GetDirectoryName(Path.GetFullPath(path))!);
            AtomicFile.WriteText(path, text);
        }

        return text;
    }
}
