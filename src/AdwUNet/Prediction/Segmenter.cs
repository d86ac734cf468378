using AdwUNet.Evaluation;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using static TorchSharp.torch;

namespace AdwUNet.Prediction;

/// <summary>
/// Segments images in their original geometry: preprocesses them with the plan, predicts with a sliding window, and resamples the result to the
/// original geometry. Several networks, such as those of five folds, are averaged, or vote (<see cref="PredictionOptions.MajorityVote"/>).
/// </summary>
public sealed class Segmenter
{
    private const int LargeImage = 1 << 26; // values: 256 MiB

    private readonly Plan _plan;
    private readonly IReadOnlyList<SegmentationNetwork> _networks;
    private readonly PredictionOptions _options;
    private readonly Device _device;

    internal (Plan Plan, IReadOnlyList<SegmentationNetwork> Networks, PredictionOptions Options) Parts => (_plan, _networks, _options);

    /// <summary>Creates a segmenter.</summary>
    /// <param name="plan">The plan with which the networks were trained.</param>
    /// <param name="networks">At least one; their probabilities are averaged. The caller disposes them.</param>
    /// <param name="options">How to predict; nnU-Net v1's way when null.</param>
    /// <param name="device">Where the networks lie and prediction runs; the CPU when null.</param>
    /// <exception cref="SegmentationException">There is no network, one does not fit the plan, or an option is out of range.</exception>
    public Segmenter(
        Plan plan, IReadOnlyList<SegmentationNetwork> networks, PredictionOptions? options = null, Device? device = null)
    {
        _plan = plan;
        _networks = [.. networks];
        _options = options ?? new PredictionOptions();
        _device = device ?? CPU;
        _options.Validate();
        if (networks.Count == 0)
            throw new SegmentationException("There is no network to segment with; give at least one.");

        static string Words(int channels, int outputs, bool regions) => $"{channels} channels and {outputs} {(regions ? "regions" : "classes")}";
        var wanted = Words(plan.Modalities.Count, plan.OutputCount, plan.HasRegions);
        if (networks.Select(network => Words(network.InputChannels, network.ClassCount, network.HasRegions)).FirstOrDefault(words => words != wanted) is { } other)
            throw new SegmentationException($"A network has {other}, the plan of {plan.Dataset} {wanted}; give networks that were trained with this plan.");
    }

    /// <summary>Removes small components from every segmentation; null leaves them as predicted.</summary>
    public Postprocessing? Postprocessing { get; init; }

    /// <summary>Segments one image file of any format that <see cref="ImageFile"/> reads.</summary>
    /// <param name="path">The image with all its channels.</param>
    /// <param name="progress">Reported after every tile, over all networks.</param>
    /// <param name="cancellation">Ends the prediction before the next forward pass.</param>
    /// <returns>Class indices in the file's own geometry; of regions, the label that each gives.</returns>
    /// <exception cref="ImageException">The file is missing or damaged.</exception>
    /// <exception cref="SegmentationException">The image does not have the plan's channels; the message names the file.</exception>
    /// <exception cref="PreprocessingException">The image is empty or has no valid spacing; the message names the file.</exception>
    /// <exception cref="OperationCanceledException">The prediction was cancelled.</exception>
    public LabelMap Segment(
        string path, IProgress<PredictionProgress>? progress = null, CancellationToken cancellation = default)
    {
        // The header suffices to refuse an image of other modalities before its voxels are read.
        var header = ImageFile.ReadHeader(path);
        CheckChannels(path, header.Channels);
        var turn = header.TurnTo(_plan.Orientation);
        return turn.Inverse().Apply(Segment(Read(path, turn), progress, cancellation));
    }

    /// <summary>Segments an image in memory.</summary>
    /// <param name="image">The image as it comes from the scanner, not preprocessed; in the plan's orientation where it has one.</param>
    /// <param name="name">The name of the image in errors.</param>
    /// <param name="progress">Reported after every tile, over all networks.</param>
    /// <param name="cancellation">Ends the prediction before the next forward pass.</param>
    /// <returns>Labels of the image's shape and spacing.</returns>
    /// <exception cref="SegmentationException">The image does not have the plan's channels; the message has the name.</exception>
    /// <exception cref="PreprocessingException">The image is empty or has no valid spacing; the message has the name.</exception>
    /// <exception cref="OperationCanceledException">The prediction was cancelled.</exception>
    public LabelMap Segment(
        Volume image, string name, IProgress<PredictionProgress>? progress = null, CancellationToken cancellation = default)
    {
        CheckChannels(name, image.Channels);
        return Segment(Preprocessed(image, name), progress, cancellation);
    }

    /// <summary>Segments one image file into another.</summary>
    /// <param name="input">The image with all its channels, of any format that <see cref="ImageFile"/> reads.</param>
    /// <param name="output">Where to write the labels, at the input's place in space; its name tells the format. The file is replaced atomically.</param>
    /// <param name="progress">Reported after every tile, over all networks.</param>
    /// <param name="cancellation">Ends the prediction before the next forward pass.</param>
    /// <exception cref="ImageException">The input is missing or damaged, or the output cannot be written or is the input itself.</exception>
    /// <exception cref="SegmentationException">The image does not have the plan's channels; the message names the file.</exception>
    /// <exception cref="PreprocessingException">The image is empty or has no valid spacing; the message names the file.</exception>
    /// <exception cref="OperationCanceledException">The prediction was cancelled; nothing is written.</exception>
    public void SegmentToFile(
        string input, string output, IProgress<PredictionProgress>? progress = null, CancellationToken cancellation = default)
    {
        ImageTarget.Check(output, input);
        var labels = Segment(input, progress, cancellation);
        _plan.Labels?.ToFileValues(labels.Data);
        ImageFile.WriteLabels(output, labels, ImageFile.ReadHeader(input));
    }

    /// <summary>The mean of the networks' probabilities of a preprocessed image.</summary>
    /// <param name="image">Cropped, resampled and normalised as the plan says.</param>
    /// <param name="progress">Reported after every tile, over all networks.</param>
    /// <param name="cancellation">Ends the prediction before the next forward pass.</param>
    /// <returns>A volume of the image's shape with one channel per class or region.</returns>
    /// <exception cref="SegmentationException">The image does not have the plan's channels.</exception>
    /// <exception cref="OperationCanceledException">The prediction was cancelled.</exception>
    public Volume Predict(Volume image, IProgress<PredictionProgress>? progress = null, CancellationToken cancellation = default)
    {
        Volume? sum = null;
        foreach (var next in Predictions(image, progress, cancellation))
        {
            if (sum == null)
                sum = next;
            else
                Add(sum.Data, next.Data);
        }

        foreach (ref var value in sum!.Data.AsSpan())
            value /= _networks.Count;

        return sum;
    }

    private IEnumerable<Volume> Predictions(Volume image, IProgress<PredictionProgress>? progress, CancellationToken cancellation) =>
        _networks.Select((network, index) => SlidingWindow.Predict(
            network, image, _plan.PatchSize, _options, _device, progress == null ? null : new Part(progress, index, _networks.Count), cancellation));

    private (Volume Image, CaseGeometry Geometry) Read(string path, AxisTurn turn) => Preprocessed(turn.Apply(ImageFile.ReadVolume(path)), path);

    // A method of its own, as Read is, so that neither the raw image nor the labels that mark its inside are held during the prediction.
    private (Volume Image, CaseGeometry Geometry) Preprocessed(Volume image, string name)
    {
        var processed = Preprocessor.Process(image, labels: null, _plan, name);
        return (processed.Image, processed.Geometry);
    }

    private LabelMap Segment((Volume Image, CaseGeometry Geometry) input, IProgress<PredictionProgress>? progress, CancellationToken cancellation)
    {
        if (input.Image.Data.Length >= LargeImage)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive); // what preprocessing left is as large as what prediction takes

        var labels = _options.MajorityVote
            ? MajorityVote.Of([.. Predictions(input.Image, progress, cancellation).Select(Restored)])
            : Restored(Predict(input.Image, progress, cancellation));
        return Postprocessing?.Apply(labels) ?? labels;

        LabelMap Restored(Volume probabilities) => _plan.HasRegions
            ? input.Geometry.Restore(probabilities.Data, _plan.Labels!)
            : input.Geometry.Restore(probabilities.Data, _plan.Classes.Count);
    }

    private static void Add(float[] sum, float[] values)
    {
        for (var index = 0; index < sum.Length; index++)
            sum[index] += values[index];
    }

    private void CheckChannels(string name, int channels)
    {
        if (channels != _plan.Modalities.Count)
        {
            throw new SegmentationException(
                $"{name} has {channels} channels, the plan of {_plan.Dataset} {_plan.Modalities.Count} ({string.Join(", ", _plan.Modalities)}); "
                + "give an image of these modalities, channels in the fourth dimension.");
        }
    }

    /// <summary>One network's part of the whole progress.</summary>
    private sealed class Part(IProgress<PredictionProgress> whole, int index, int count) : IProgress<PredictionProgress>
    {
        public void Report(PredictionProgress value) =>
            whole.Report(new PredictionProgress((index * value.Total) + value.Done, count * value.Total));
    }
}

/// <summary>An image cannot be segmented: it does not fit the plan or the network, or the options make no sense.</summary>
public sealed class SegmentationException : AdwUNetException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">One sentence: what was found, where, what to do.</param>
    /// <param name="innerException">What caused it, if anything did.</param>
    public SegmentationException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
