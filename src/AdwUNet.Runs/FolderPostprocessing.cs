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
        var pairs = data.Segmentations(folders);
        return Postprocessing.Choose(pairs.Select(pair => (pair.Case.ReadLabels(pair.Path), pair.Case.ReadLabels())), data.Classes, data.Labels, rules);
    }
}
