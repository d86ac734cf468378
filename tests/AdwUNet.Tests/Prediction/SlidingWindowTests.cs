using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Sampling;
using CsCheck;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Prediction;

public class SlidingWindowTests
{
    // Where a hundred tiles overlap, as many numbers are summed in single precision, and their weights: each sum rounds by up to 6e-8 of it.
    private const double Rounding = 1e-5;

    private static readonly Gen<Shape3> Shapes = Gen.Select(Gen.Int[1, 19], Gen.Int[1, 17], Gen.Int[1, 15], (z, y, x) => new Shape3(z, y, x));

    private static readonly Gen<Shape3> Patches = Gen.Select(Gen.Int[1, 9], Gen.Int[2, 9], Gen.Int[2, 9], (z, y, x) => new Shape3(z, y, x));

    private static readonly Gen<PredictionOptions> Options =
        from step in OneOf(0.25, 0.5, 0.7, 1.0)
        from axes in OneOf<int[]>([], [0], [1, 2], [0, 1, 2])
        from gaussian in Gen.Bool
        from batch in Gen.Int[1, 5]
        select new PredictionOptions { StepSize = step, MirrorAxes = axes, Gaussian = gaussian, BatchSize = batch };

    [Fact]
    public void A_network_without_context_gives_the_softmax_of_every_voxel_whatever_the_tiles() =>
        Gen.Select(Shapes, Patches, Options).Sample(
            (shape, patch, options) =>
            {
                // Logits are the image itself: weights that do not sum to 1 after normalisation, a shifted tile or a wrong flip show.
                using var network = new FunctionNetwork(2, 2, image => image.alias());
                var image = Image(2, shape);
                var probabilities = Predict(network, image, patch, options);
                Assert.Equal((2, shape, image.Spacing), (probabilities.Channels, probabilities.Shape, probabilities.Spacing));
                for (var voxel = 0; voxel < shape.Count; voxel++)
                {
                    var expected = 1 / (1 + Math.Exp(image.Channel(1)[voxel] - (double)image.Channel(0)[voxel]));
                    Assert.Equal(expected, probabilities.Channel(0)[voxel], Rounding);
                    Assert.Equal(1 - expected, probabilities.Channel(1)[voxel], Rounding);
                }
            },
            iter: 60);

    [Fact]
    public void One_tile_that_covers_the_volume_is_the_softmax_to_the_last_bit()
    {
        // Weighting and dividing by the same weight would round.
        var shape = new Shape3(7, 8, 9);
        using var network = new FunctionNetwork(2, 2, image => image.alias());
        var image = Image(2, shape);
        var probabilities = Predict(network, image, shape, new PredictionOptions { MirrorAxes = [] });
        using var expected = nn.functional.softmax(tensor(image.Data, [2, shape.Count]), 0);
        Assert.Equal(expected.data<float>().ToArray(), probabilities.Data);
    }

    [Fact]
    public void A_constant_network_gives_a_constant() => Gen.Select(Shapes, Patches, Options).Sample(
        (shape, patch, options) =>
        {
            using var network = new FunctionNetwork(1, 3, image => zeros([image.shape[0], 3, .. image.shape[2..]]));
            var probabilities = Predict(network, Image(1, shape), patch, options);
            Assert.All(probabilities.Data, value => Assert.Equal(1.0 / 3, value, Rounding));
        },
        iter: 40);

    [Fact]
    public void Mirroring_changes_nothing_for_a_network_that_mirrors_with_its_input_and_something_for_one_that_does_not()
    {
        var (image, patch) = (Image(1, new Shape3(13, 9, 12)), new Shape3(8, 6, 7));
        using var kernel = tensor(new float[] { 0.5f, -1f, 0.5f, 2f, 3f, 2f, 0.5f, -1f, 0.5f }).reshape(1, 1, 1, 3, 3);
        using var lopsided = tensor(new float[] { 0, 0, 1, 0, 2, 0, -3, 0, 0 }).reshape(1, 1, 1, 3, 3);
        Assert.InRange(MirroringChanges(kernel), 0, 1e-5);
        Assert.InRange(MirroringChanges(lopsided), 1e-2, 1);

        double MirroringChanges(Tensor weight)
        {
            using var network = new FunctionNetwork(1, 2, x => cat([x, nn.functional.conv3d(x, weight, padding: [0, 1, 1])], 1));
            var mirrored = Predict(network, image, patch, new PredictionOptions());
            var plain = Predict(network, image, patch, new PredictionOptions { MirrorAxes = [] });
            return mirrored.Data.Zip(plain.Data, (a, b) => Math.Abs(a - b)).Max();
        }
    }

    [Fact]
    public void Every_mirroring_is_averaged_once()
    {
        // A network that marks the first voxel of its input: mirrored along z and x, each of four corners is marked once.
        using var network = new FunctionNetwork(1, 2, image =>
        {
            var logits = zeros([image.shape[0], 2, 2, 1, 2]);
            logits[TensorIndex.Colon, 1, 0, 0, 0] = 100;
            return logits;
        });
        var options = new PredictionOptions { MirrorAxes = [0, 2], BatchSize = 3 };
        var probabilities = Predict(network, Image(1, new Shape3(2, 1, 2)), new Shape3(2, 1, 2), options);
        Assert.All(probabilities.Channel(1).ToArray(), value => Assert.Equal((1 + (3 * 0.5)) / 4, value, 1e-6));
    }

    [Fact]
    public void An_image_smaller_than_the_patch_lies_in_its_centre_with_the_odd_voxel_above()
    {
        var seen = Array.Empty<float>();
        using var network = new FunctionNetwork(1, 2, image =>
        {
            seen = image.contiguous().data<float>().ToArray();
            return cat([image, image], 1);
        });
        var image = new Volume([1, 2], 1, new Shape3(1, 1, 2), new Spacing3(1, 1, 1));
        Predict(network, image, new Shape3(1, 2, 5), new PredictionOptions { MirrorAxes = [] });
        Assert.Equal([0, 1, 2, 0, 0, 0, 0, 0, 0, 0], seen);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void No_tensor_stays_from_one_tile_to_the_next_or_after_the_last(int batch)
    {
        using var network = new FunctionNetwork(1, 2, image => cat([image.sin().relu(), image], 1));
        var options = new PredictionOptions { BatchSize = batch };
        Predict(network, Image(1, new Shape3(11, 12, 13)), Shape3.Cube(4), options);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        network.LiveTensors.Clear();
        Predict(network, Image(1, new Shape3(11, 12, 13)), Shape3.Cube(4), options);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        // A flipped patch is one tensor more than an unflipped one: the pattern repeats after 8 mirrorings, so after 8 batches.
        var counts = network.LiveTensors.SkipLast(1).ToArray();
        Assert.True(counts.Length > 100);
        Assert.Equal(counts[..^8], counts[8..]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_network_runs_in_evaluation_mode_without_gradients_and_keeps_its_mode(bool training)
    {
        var gradients = false;
        using var weight = nn.Parameter(ones(1));
        using var network = new FunctionNetwork(1, 2, image =>
        {
            var scaled = image * weight;
            gradients |= scaled.requires_grad;
            return cat([scaled, image], 1);
        });
        network.train(training);
        Predict(network, Image(1, Shape3.Cube(4)), Shape3.Cube(4), new PredictionOptions());
        Assert.False(network.RanInTrainingMode);
        Assert.False(gradients);
        Assert.Equal(training, network.training);
    }

    [Fact]
    public void Cancelling_ends_it_at_the_next_forward_and_progress_counts_tiles()
    {
        using var cancellation = new CancellationTokenSource();
        using var network = new FunctionNetwork(1, 2, image => cat([image, image], 1));
        var steps = new List<PredictionProgress>();
        var progress = new Progress(step =>
        {
            steps.Add(step);
            if (step.Done == 3)
                cancellation.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => SlidingWindow.Predict(
            network, Image(1, Shape3.Cube(8)), Shape3.Cube(4), new PredictionOptions { BatchSize = 2 }, CPU, progress, cancellation.Token));
        Assert.Equal([new(1, 27), new(2, 27), new(3, 27)], steps);
        Assert.Equal(3 * 8 / 2, network.LiveTensors.Count);
    }

    [Theory]
    [InlineData(24e9, null, 4e9, 1e9, 15, false)] // four fifths of the card without image and sums
    [InlineData(24e9, null, 4e9, 0.1e9, 32, false)]
    [InlineData(24e9, 3, 4e9, 1e9, 3, false)]
    [InlineData(8e9, null, 5e9, 1e9, 6, true)] // image and sums would take more than half of it
    [InlineData(8e9, null, 5e9, 20e9, 1, true)]
    [InlineData(8e9, null, 1e9, 0, 2, false)] // a network of unknown cost
    public void On_a_card_as_many_patches_as_fit_and_large_sums_on_the_host(double free, int? wanted, double maps, double patch, int batch, bool isOnHost)
    {
        var place = TilePlacement.Of(META, wanted, maps, patch, free); // any device but the CPU
        Assert.Equal((batch, isOnHost ? DeviceType.CPU : DeviceType.META), (place.BatchSize, place.Home.type));
    }

    [Fact]
    public void On_a_cpu_two_patches_unless_wished_otherwise()
    {
        Assert.Equal(2, TilePlacement.Of(CPU, null, 1e12, 1e12).BatchSize);
        Assert.Equal(5, TilePlacement.Of(CPU, 5, 1e12, 1e12).BatchSize);
    }

    [Fact]
    public void Wrong_channels_and_options_are_refused()
    {
        using var network = new FunctionNetwork(2, 2, image => image.alias());
        string Fault(Volume image, PredictionOptions options) => Assert.Throws<SegmentationException>(
            () => Predict(network, image, Shape3.Cube(4), options)).Message;

        var image = Image(2, Shape3.Cube(4));
        Assert.Contains("3 channels", Fault(Image(3, Shape3.Cube(4)), new PredictionOptions()), StringComparison.Ordinal);
        Assert.Contains("step size is 0", Fault(image, new PredictionOptions { StepSize = 0 }), StringComparison.Ordinal);
        Assert.Contains("batch size is 0", Fault(image, new PredictionOptions { BatchSize = 0 }), StringComparison.Ordinal);
        Assert.Contains("[0, 0]", Fault(image, new PredictionOptions { MirrorAxes = [0, 0] }), StringComparison.Ordinal);
        Assert.Contains("[3]", Fault(image, new PredictionOptions { MirrorAxes = [3] }), StringComparison.Ordinal);
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static Volume Predict(FunctionNetwork network, Volume image, Shape3 patch, PredictionOptions options) =>
        SlidingWindow.Predict(network, image, patch, options, CPU, cancellation: TestContext.Current.CancellationToken);

    private static Volume Image(int channels, Shape3 shape)
    {
        var random = new Random(7);
        var data = new float[channels * shape.Count];
        foreach (ref var value in data.AsSpan())
            value = (float)((random.NextDouble() * 4) - 2);

        return new Volume(data, channels, shape, new Spacing3(2, 1, 0.5));
    }

    private sealed class Progress(Action<PredictionProgress> report) : IProgress<PredictionProgress>
    {
        public void Report(PredictionProgress value) => report(value);
    }
}
