using AdwUNet.Architectures;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Sampling;

namespace AdwUNet.Prediction;

/// <summary>Estimates the memory of a sliding-window prediction, and words the error if there is not enough.</summary>
internal static class PredictionMemory
{
    // A forward pass without gradients holds the skips and a few feature maps at a time.
    private const double PerActivation = 0.5 * sizeof(float);

    // Beside the image: probabilities of all outputs, which are summed where the result lies, and the weights of the tiles.
    private const int OtherMaps = 1;

    /// <summary>The error, which says what would fit.</summary>
    /// <param name="error">The error of libtorch.</param>
    /// <param name="network">The network.</param>
    /// <param name="image">The preprocessed image.</param>
    /// <param name="patch">A tile.</param>
    /// <param name="batch">Tiles in a forward pass.</param>
    /// <param name="free">Available bytes.</param>
    public static MemoryException Explain(Exception error, SegmentationNetwork network, Volume image, Shape3 patch, int batch, double free)
    {
        if (OutOfMemory.IsOfGpu(error))
        {
            return new($"The GPU does not have enough memory to segment an image of {image.Shape} with "
                + $"{batch} patches of {patch} at a time; choose a smaller BatchSize, or predict on the CPU.", error);
        }

        var maps = MapBytes(network, image, patch);
        double Needed(int size) => maps + ForwardBytes(network, patch, size);
        var start = $"There is not enough memory to segment an image of {image.Shape} into {network.ClassCount} classes with {batch} patches of {patch} at a time: "
            + $"it takes about {OutOfMemory.Words(Needed(batch))}, and about {OutOfMemory.Words(free)} is available";
        var fitting = Enumerable.Range(1, batch - 1).Where(size => Needed(size) <= free).DefaultIfEmpty(batch > 1 && maps <= free ? 1 : 0).Max();
        return fitting > 0
            ? new($"{start}; the same patch of {patch} with a batch of {fitting} would fit (BatchSize of the prediction's options).", error, patch, fitting)
            : new($"{start}; no batch would fit: cut the image into parts, or use a machine with more memory.", error);
    }

    /// <summary>Bytes of the padded image, of the sum of the probabilities and of the weights of the tiles.</summary>
    public static double MapBytes(SegmentationNetwork network, Volume image, Shape3 patch) =>
        (network.ClassCount + OtherMaps + image.Channels) * PatchPadding.For(image.Shape, patch).Shape.Count * (double)sizeof(float);

    /// <summary>About how many bytes a forward pass takes; 0 where it is not known.</summary>
    public static double ForwardBytes(SegmentationNetwork network, Shape3 patch, int batch) =>
        network is EncoderDecoder known ? known.Cost(patch, batch).Activations * PerActivation : 0;
}
