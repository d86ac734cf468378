using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Prediction;

/// <summary>
/// Predicts a whole volume with a network of patches (nnU-Net v1, <c>predict_3D</c>). The prediction of a tile is the mean of the probabilities of its
/// mirrorings; overlapping tiles are averaged with weights that fall from the centre of a tile to its border.
/// </summary>
public static class SlidingWindow
{
    /// <summary>Probabilities of every voxel.</summary>
    /// <param name="network">The network, on <paramref name="device"/>. It predicts in evaluation mode; its mode is restored afterwards.</param>
    /// <param name="image">The preprocessed image. If it is smaller than the patch, it is padded with zeros.</param>
    /// <param name="patch">Voxels of a tile: the plan's patch size.</param>
    /// <param name="options">Step, mirroring, weighting, precision.</param>
    /// <param name="device">The device.</param>
    /// <param name="progress">Reported after every tile.</param>
    /// <param name="cancellation">Ends the prediction before the next forward pass.</param>
    /// <returns>A volume of the image's shape and spacing with one channel per class, or per region; the classes of a voxel sum to 1.</returns>
    /// <exception cref="SegmentationException">The image does not have the network's channels, an option is out of range, or the network's output is not finite.</exception>
    /// <exception cref="MemoryException">There is not enough memory; says which batch would fit.</exception>
    /// <exception cref="OperationCanceledException">The prediction was cancelled.</exception>
    public static Volume Predict(
        SegmentationNetwork network,
        Volume image,
        Shape3 patch,
        PredictionOptions options,
        Device device,
        IProgress<PredictionProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        options.Validate();
        if (image.Channels != network.InputChannels)
        {
            throw new SegmentationException(
                $"The image has {image.Channels} channels, the network takes {network.InputChannels}; give the channels it was trained on.");
        }

        var place = TilePlacement.Of(device, options.BatchSize, PredictionMemory.MapBytes(network, image, patch), PredictionMemory.ForwardBytes(network, patch, 1));
        var wasTraining = network.training;
        if (wasTraining)
        {
            network.eval();
        }

        try
        {
            // Not inference mode: a network may keep tensors (masks, noise) that a later training step needs.
            using var noGradients = no_grad();
            using var scope = NewDisposeScope();
            var padding = PatchPadding.For(image.Shape, patch);
            var input = Pad(image, padding, place.Home);

            // On the CPU the sum lies in the result's own memory.
            var values = new float[checked(network.ClassCount * padding.Shape.Count)];
            var sum = from_array(values).view([network.ClassCount, .. Sizes(padding.Shape)]).to(place.Home);
            sum.div_(Accumulate(sum, network, place, input, padding.Shape, patch, options, progress, cancellation));
            if (!sum.sum().isfinite().item<bool>())
            {
                throw new SegmentationException(
                    $"The network's probabilities of an image of {image.Shape} are not finite; check the range of its voxels, or use other weights.");
            }

            if (place.Home.type != DeviceType.CPU || padding.Shape != image.Shape)
                values = Region(sum, padding.Before, image.Shape).cpu().contiguous().data<float>().ToArray();

            return new Volume(values, network.ClassCount, image.Shape, image.Spacing);
        }
        catch (Exception error) when (OutOfMemory.Is(error))
        {
            throw PredictionMemory.Explain(error, network, image, patch, place.BatchSize, OutOfMemory.FreeBytes());
        }
        finally
        {
            if (wasTraining)
            {
                network.train();
            }
        }
    }

    /// <summary>Adds the weighted probabilities of all tiles to [outputs, z, y, x]; returns the sum of their weights, [z, y, x].</summary>
    private static Tensor Accumulate(
        Tensor sum,
        SegmentationNetwork network,
        TilePlacement place,
        Tensor input,
        Shape3 shape,
        Shape3 patch,
        PredictionOptions options,
        IProgress<PredictionProgress>? progress,
        CancellationToken cancellation)
    {
        var origins = TileGrid.Origins(patch, shape, options.StepSize);
        var mirrors = Mirrorings(options.MirrorAxes);
        using Scalar mirrorCount = mirrors.Count;
        var weight = options.Gaussian && origins.Count > 1
            ? tensor(GaussianImportance.Map(patch), Sizes(patch), device: place.Device)
            : ones(Sizes(patch), device: place.Device);
        var weights = zeros(Sizes(shape), device: sum.device);
        var tile = zeros([network.ClassCount, .. Sizes(patch)], device: place.Device);

        // Forwards run over (tile, mirroring) pairs, a tile's mirrorings one after another, so a batch may span tiles.
        var pairs = origins.Count * mirrors.Count;
        for (var start = 0; start < pairs; start += place.BatchSize)
        {
            cancellation.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var batch = Enumerable.Range(start, Math.Min(place.BatchSize, pairs - start)).ToArray();
            var patches = batch.Select(pair =>
                Flip(Region(input, origins[pair / mirrors.Count], patch), mirrors[pair % mirrors.Count]).unsqueeze(0).to(place.Device)).ToArray();
            var joined = patches.Length == 1 ? patches[0] : cat(patches);
            var logits = (network is EncoderDecoder known ? known.Predict(joined, options.Precision) : network.call(joined))[0];
            var probabilities = network.Probabilities(logits);
            for (var index = 0; index < batch.Length; index++)
            {
                var (origin, mirror) = (batch[index] / mirrors.Count, batch[index] % mirrors.Count);
                tile.add_(Flip(probabilities[index], mirrors[mirror]), Scalars.One);
                if (mirror == mirrors.Count - 1)
                {
                    Region(sum, origins[origin], patch).add_(tile.div_(mirrorCount).mul_(weight).to(sum.device), Scalars.One);
                    Region(weights, origins[origin], patch).add_(weight.to(sum.device), Scalars.One);
                    tile.zero_();
                    progress?.Report(new PredictionProgress(origin + 1, origins.Count));
                }
            }
        }

        return weights;
    }

    /// <summary>The image as a tensor [channels, z, y, x], surrounded by zeros.</summary>
    private static Tensor Pad(Volume image, PatchPadding padding, Device device)
    {
        var data = from_array(image.Data).view([image.Channels, .. Sizes(image.Shape)]); // the very memory, not a copy
        if (padding.Shape == image.Shape)
            return data.to(device);

        var padded = zeros([image.Channels, .. Sizes(padding.Shape)], device: device);
        Region(padded, padding.Before, image.Shape).copy_(data);
        return padded;
    }

    /// <summary>A view of the last three axes.</summary>
    private static Tensor Region(Tensor volume, Shape3 origin, Shape3 size)
    {
        for (var axis = 0; axis < 3; axis++)
            volume = volume.narrow(axis - 3, origin[axis], size[axis]);

        return volume;
    }

    private static Tensor Flip(Tensor tile, long[] axes) => axes.Length == 0 ? tile : tile.flip(axes);

    /// <summary>Every combination of the axes, counted from the last tensor axis; first none, so unmirrored.</summary>
    private static List<long[]> Mirrorings(IReadOnlyList<int> axes) =>
    [
        .. Enumerable.Range(0, 1 << axes.Count)
            .Select(chosen => axes.Where((_, bit) => (chosen & (1 << bit)) != 0).Select(axis => axis - 3L).ToArray()),
    ];

    private static long[] Sizes(Shape3 shape) => [shape.Z, shape.Y, shape.X];
}
