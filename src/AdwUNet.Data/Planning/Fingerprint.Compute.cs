using AdwUNet.Datasets;
using AdwUNet.Imaging;

namespace AdwUNet.Planning;

/// <content>Taking the fingerprint.</content>
public sealed partial record Fingerprint
{
    // nnU-Net v1 takes every so many foreground voxels of a case.
    private const int ForegroundStep = 10;

    /// <summary>Reads every training case once.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="progress">Told after every case, from several threads.</param>
    /// <param name="cancellation">Ends it between cases.</param>
    /// <exception cref="PreprocessingException">A case is zero everywhere, or its image and labels differ in shape; it is named.</exception>
    /// <exception cref="PlanException">No case has a foreground voxel.</exception>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public static Fingerprint Compute(
        Dataset dataset, IProgress<PreprocessingProgress>? progress = null, CancellationToken cancellation = default)
    {
        var cases = new CaseFingerprint[dataset.Cases.Count];
        var voxels = new float[dataset.Cases.Count][][];
        var done = 0;
        void OfOne(int i)
        {
            (cases[i], voxels[i]) = OfCase(dataset.Cases[i], dataset);
            progress?.Report(new PreprocessingProgress(Interlocked.Increment(ref done), cases.Length, dataset.Cases[i].Id, Reused: false));
        }

        ParallelCases.For(cases.Length, OfOne, cancellation: cancellation);

        return new Fingerprint
        {
            Dataset = dataset.Name,
            Modalities = dataset.Modalities,
            Classes = dataset.Classes,
            Labels = dataset.Labels,
            Orientation = dataset.Orientation?.ToString(),
            Cases = cases,
            Intensities = [.. Enumerable.Range(0, dataset.Modalities.Count).Select(channel =>
            {
                float[] all = [.. voxels.SelectMany(ofCase => ofCase[channel])];
                return all.Length > 0
                    ? OrderStatistics.Describe(all)
                    : throw new PlanException($"No case of {dataset.Name} has a foreground voxel; check its label files.");
            })],
        };
    }

    private static (CaseFingerprint Case, float[][] Voxels) OfCase(DatasetCase entry, Dataset dataset)
    {
        var (channels, ignore) = (dataset.Modalities.Count, dataset.Labels?.IgnoreLabel);
        var image = entry.ReadImage();
        if (image.Channels != channels)
        {
            throw new PreprocessingException(
                $"Case {entry.Id}: the image has {image.Channels} channels where dataset.json names {channels}; correct one of them.");
        }

        var cropped = Cropping.CropOrExplain(image, entry.ReadLabels(), entry.Id);
        var foreground = new List<int>();
        var seen = 0;
        for (var i = 0; i < cropped.Labels.Data.Length; i++)
        {
            if (cropped.Labels.Data[i] > 0 && cropped.Labels.Data[i] != ignore && seen++ % ForegroundStep == 0)
            {
                foreground.Add(i);
            }
        }

        // Voxels that are not a number say nothing about intensities.
        float[][] voxels = [.. Enumerable.Range(0, channels).Select(channel =>
            foreground.Select(i => cropped.Image.Channel(channel)[i]).Where(float.IsFinite).ToArray())];
        return (new CaseFingerprint(entry.Id, image.Spacing, image.Shape, cropped.Box.Size), voxels);
    }
}
