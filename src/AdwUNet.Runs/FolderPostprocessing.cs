using AdwUNet.Datasets;
using AdwUNet.Evaluation;
using AdwUNet.Imaging;

namespace AdwUNet.Runs;

/// <summary>Decides the postprocessing on folders of segmentations.</summary>
public static class FolderPostprocessing
{
    /// <summary>
    /// Decides which postprocessing helps on the validation cases of all folds, which <see cref="FolderSegmentation.SegmentCases"/> wrote. Save the result as
    /// <see cref="Postprocessing.FileName"/> beside the trainings.
    /// </summary>
    /// <param name="data">The dataset, with the labels.</param>
    /// <param name="folders">The folder of the segmentations of each fold's validation cases.</param>
    /// <param name="rules">Whose rules; nnU-Net v1 has none for regions.</param>
    /// <exception cref="EvaluationException">A folder has no segmentation of a case of the dataset, a case has two, or a map does not fit its reference.</exception>
    /// <exception cref="ImageException">A file is damaged.</exception>
    public static Postprocessing ChoosePostprocessing(
        this Dataset data, IReadOnlyList<string> folders, PostprocessingRules rules = PostprocessingRules.NnUNetV1)
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

        return Postprocessing.Choose(
            found.Select(pair => (cases[pair.Key].ReadLabels(pair.Value), cases[pair.Key].ReadLabels())), data.Classes, data.Labels, rules);
    }
}
