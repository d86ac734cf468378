using AdwUNet.Evaluation;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using static TorchSharp.torch;

namespace AdwUNet.Runs;

/// <summary>The trained networks of several folds, or of several seeds, that segment together.</summary>
public sealed class Ensemble : IDisposable
{
    private readonly Device _device;

    private Ensemble(IReadOnlyList<TrainedModel> models, Device device) => (Models, _device) = (models, device);

    /// <summary>The models, in the order of their folders.</summary>
    public IReadOnlyList<TrainedModel> Models { get; }

    /// <summary>The plan of all models.</summary>
    public Plan Plan => Models[0].Plan;

    /// <summary>Loads the models. Their architectures may differ; their plans may not.</summary>
    /// <param name="folders">The folders of the trainings, at least one.</param>
    /// <param name="device">The device; the CPU when null.</param>
    /// <param name="weightsFile">The file of the weights in each folder; the best ones by default.</param>
    /// <param name="unfinished">Whether a training may be one that has not ended, or ended by an error.</param>
    /// <param name="unit">The convolution unit of the trainings if it is code of your own.</param>
    /// <exception cref="SegmentationException">There is no folder, one is given twice, or two trainings have different plans.</exception>
    /// <exception cref="AdwUNetException">A file is missing or damaged, a training has not ended, or it used another unit; the message says which.</exception>
    public static Ensemble Load(
        IReadOnlyList<string> folders, Device? device = null, string weightsFile = TrainedModel.BestWeightsFile, bool unfinished = false, UnitFactory? unit = null)
    {
        if (folders.Count == 0)
            throw new SegmentationException("There is no folder to load an ensemble from; give the folders of its trainings.");
        if (folders.GroupBy(folder => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new SegmentationException($"The training in {twice.Key} was given {twice.Count()} times; give each once.");

        var models = new List<TrainedModel>();
        try
        {
            foreach (var folder in folders)
            {
                models.Add(TrainedModel.Load(folder, device, weightsFile, unfinished, unit));
                if (!JsonFile.Serialize(models[^1].Plan).AsSpan().SequenceEqual(JsonFile.Serialize(models[0].Plan)))
                    throw new SegmentationException($"The training in {folder} has another plan than the one in {folders[0]}; give trainings on the same preprocessed cases.");
            }
        }
        catch
        {
            models.ForEach(model => model.Dispose());
            throw;
        }

        return new Ensemble(models, device ?? CPU);
    }

    /// <summary>A segmenter that uses all models; valid until the ensemble is disposed.</summary>
    /// <param name="options">
    /// The options of the prediction; those of nnU-Net v1, in float32, when null. The probabilities of the models are averaged unless
    /// <see cref="PredictionOptions.MajorityVote"/> is set.
    /// </param>
    /// <param name="postprocessing">What is done to every segmentation; nothing when null.</param>
    public Segmenter Segmenter(PredictionOptions? options = null, Postprocessing? postprocessing = null) =>
        new(Plan, [.. Models.Select(model => model.Network)], options, _device) { Postprocessing = postprocessing };

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var model in Models)
            model.Dispose();
    }
}
