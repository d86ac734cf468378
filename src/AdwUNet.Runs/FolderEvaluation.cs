using AdwUNet.Datasets;
using AdwUNet.Evaluation;
using AdwUNet.Imaging;

namespace AdwUNet.Runs;

/// <summary>Compares folders of segmentations with the labels of their cases.</summary>
public static class FolderEvaluation
{
    /// <summary>Evaluates the segmentations in a folder, which <see cref="FolderSegmentation.SegmentCases"/> wrote.</summary>
    /// <param name="data">The dataset, with the labels.</param>
    /// <param name="folder">The folder of the segmentations.</param>
    /// <param name="postprocessing">What is done to each segmentation before; nothing when null.</param>
    /// <exception cref="EvaluationException">The folder has no segmentation of a case of the dataset, or a map does not fit its reference.</exception>
    /// <exception cref="ImageException">A file is damaged.</exception>
    public static EvaluationReport Evaluate(this Dataset data, string folder, Postprocessing? postprocessing = null) => new(
    [
        .. data.Segmentations([folder]).Select(pair =>
        {
            var segmentation = pair.Case.ReadLabels(pair.Path);
            return CaseResult.Compare(pair.Case.Id, postprocessing?.Apply(segmentation) ?? segmentation, pair.Case.ReadLabels(), data.Classes, data.Labels);
        }),
    ]);

    /// <summary>The segmentations in folders with their cases, in the order of the ids.</summary>
    internal static IReadOnlyList<(DatasetCase Case, string Path)> Segmentations(this Dataset data, IReadOnlyList<string> folders)
    {
        var cases = data.Cases.ToDictionary(item => item.Id, StringComparer.Ordinal);
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal); // the segmentation of each case
        foreach (var folder in folders)
        {
            var files = Directory.Exists(folder) ? Directory.GetFiles(folder) : [];
            var segmentations = files.Where(path => ImageFormats.EndingOf(path) is not null && cases.ContainsKey(DatasetDescription.NameOf(path))).ToList();
            if (segmentations.Count == 0)
                throw new EvaluationException($"{folder} has no segmentation of a case of {data.Name}; segment the fold's validation cases into it first.");
            foreach (var path in segmentations)
            {
                if (!found.TryAdd(DatasetDescription.NameOf(path), path))
                    throw new EvaluationException($"{path} is the second segmentation of its case beside {found[DatasetDescription.NameOf(path)]}; give each case once.");
            }
        }

        return [.. found.Select(pair => (cases[pair.Key], pair.Value))];
    }
}
