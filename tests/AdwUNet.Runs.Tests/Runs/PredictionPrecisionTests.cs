using AdwUNet.Architectures;
using AdwUNet.Cpu;
using AdwUNet.Evaluation;
using AdwUNet.Experiments;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Runs;
using AdwUNet.Tests.Planning;
using AdwUNet.Training;
using static TorchSharp.torch;

namespace AdwUNet.Runs.Tests;

/// <summary>A network that has learned something predicts in bfloat16 what it predicts in float32.</summary>
public sealed class PredictionPrecisionTests : IDisposable
{
    // bfloat16 keeps 8 bits, so a number is off by 0.4 % at most and a dozen layers add a few of those: a logit of about 5 is off by some
    // hundredths, and the steepest softmax makes a quarter of that of it. Where two classes are as likely as each other one label may change.
    private const double MostOfAProbability = 0.05;
    private const double MeanOfAProbability = 0.002;
    private const double LeastDice = 0.99;

    private const double LearnedDice = 0.6; // at which its probabilities are no longer those of chance
    private const int Steps = 100;
    private static readonly Shape3 Patch = Shape3.Cube(16);
    private static readonly Shape3 Image = new(20, 28, 24);

    private static readonly Plan Plan = TestPlans.Small(new(1, 1, 1)) with
    {
        PatchSize = Patch,
        PoolKernels = [Shape3.Cube(2), Shape3.Cube(2)],
        ConvKernels = [.. Enumerable.Repeat(Shape3.Cube(3), 3)],
    };

    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Probabilities_and_labels_in_bfloat16_are_close_to_those_in_float32()
    {
        Assert.SkipUnless(CpuFeatures.Kernels && CpuFeatures.BFloat16, "the processor does not multiply bfloat16");
        using var scope = NewDisposeScope();
        using var network = Trained();
        var (image, labels) = Scan(Image, 9);
        var volume = new Volume(image.data<float>().ToArray(), 1, Image, new(1, 1, 1));
        var before = network.Precision;

        var single = Predict(network, volume, new());
        var half = Predict(network, volume, new() { Precision = Precision.BFloat16 });

        Assert.Equal(before, network.Precision);
        var differences = single.Data.Zip(half.Data, (a, b) => Math.Abs(a - (double)b)).ToArray();
        Assert.InRange(differences.Max(), 1e-6, MostOfAProbability);
        Assert.InRange(differences.Average(), 0, MeanOfAProbability);
        var (one, other, truth) = (Labels(single), Labels(half), new LabelMap([.. labels.data<long>().Select(label => (short)label)], Image, new(1, 1, 1)));
        Assert.All(Dice.PerClass(other, one, Plan.Classes.Count), dice => Assert.InRange(dice!.Value, LeastDice, 1));
        Assert.All(Dice.PerClass(one, truth, Plan.Classes.Count), dice => Assert.True(dice > LearnedDice, $"the network has learned nothing: a Dice of {dice}"));
    }

    [Fact]
    public void The_options_choose_the_precision_of_a_prediction_and_the_network_keeps_its_own()
    {
        using var scope = NewDisposeScope();
        var (image, _) = Scan(Patch, 3);
        var volume = new Volume(image.data<float>().ToArray(), 1, Patch, new(1, 1, 1));
        DerivedUNet Network(Precision? precision) => new(Plan, Architecture.FromWidths([[8], [16], [16], [16], [8]]), 1) { Precision = precision };
        using var single = Network(Precision.Float32);
        using var auto = Network(Precision.Auto);
        Assert.Equal(Predict(single, volume, new()).Data, Predict(auto, volume, new()).Data);
        Assert.Equal(Predict(single, volume, new() { Precision = Precision.BFloat16 }).Data, Predict(auto, volume, new() { Precision = Precision.BFloat16 }).Data);
    }

    [Fact]
    public void One_model_segments_in_many_threads_with_any_options()
    {
        const int times = 12;
        using (var trainer = TinyRuns.TrainingRun(_folder.Root))
        {
            _ = trainer.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        }

        using var model = TrainedModel.Load(_folder.Root);
        Volume[] images = [.. new[] { new Shape3(16, 16, 16), new(20, 24, 18), new(12, 30, 16) }.Select((size, seed) =>
            new Volume(Scan(size, seed).Image.data<float>().ToArray(), 1, size, new(1, 1, 1)))];
        PredictionOptions[] options = [new(), new() { Precision = Precision.BFloat16 }, new() { Precision = Precision.Auto, MirrorAxes = [] }, new() { BatchSize = 3 }];
        float[] Probabilities(int i) => SlidingWindow.Predict(
            model.Network, images[i % images.Length], model.Plan.PatchSize, options[i / images.Length % options.Length], CPU).Data;
        var alone = Enumerable.Range(0, images.Length * options.Length).Select(Probabilities).ToArray();
        Assert.All(alone, data => Assert.All(data, value => Assert.True(float.IsFinite(value))));
        Parallel.For(0, times * alone.Length, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i => Assert.Equal(alone[i % alone.Length], Probabilities(i % alone.Length)));
    }

    private static DerivedUNet Trained()
    {
        var network = new DerivedUNet(Plan, Architecture.FromWidths([[12, 12], [24, 24], [24], [24], [12]]), 1) { Precision = Precision.Float32 };
        var loss = new DeepSupervision(new DiceCrossEntropyLoss(Plan.BatchDice), DeepSupervision.Weights(Plan.PoolCount));
        using var optimizer = optim.Adam(network.parameters(), 1e-2);
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            var (image, labels) = Scan(Patch, step);
            Tensor[] targets = [labels.unsqueeze(0), labels[Every(2), Every(2), Every(2)].unsqueeze(0)];
            network.Backward(image.view(1, 1, Patch.Z, Patch.Y, Patch.X), logits => loss.Forward(logits, targets));
            optimizer.step();
        }

        return network;
    }

    private static TensorIndex Every(long step) => TensorIndex.Slice(step: step);

    // A bright ball and a dark slab in noise, somewhere else for each seed.
    private static (Tensor Image, Tensor Labels) Scan(Shape3 size, int seed)
    {
        var random = new Random(seed);
        using var generator = new Generator((ulong)seed);
        Tensor Axis(int axis, double middle) =>
            (linspace(-1, 1, size[axis]) - middle).view([.. Enumerable.Range(0, 3).Select(other => other == axis ? -1L : 1L)]);
        double Somewhere() => (random.NextDouble() * 0.6) - 0.5;
        var ball = Axis(0, Somewhere()).square() + Axis(1, Somewhere()).square() + Axis(2, Somewhere()).square() < 0.3;
        var slab = (Axis(2, 0.5 + (Somewhere() / 4)) > 0).expand_as(ball);
        var labels = ball.to(int64) + (2 * (slab & ball.logical_not()).to(int64));
        return (((labels == 1).to(float32) * 2) - ((labels == 2).to(float32) * 2) + (0.5 * randn([size.Z, size.Y, size.X], generator: generator)), labels);
    }

    private static Volume Predict(SegmentationNetwork network, Volume image, PredictionOptions options) =>
        SlidingWindow.Predict(network, image, Patch, options, CPU, cancellation: TestContext.Current.CancellationToken);

    private static LabelMap Labels(Volume probabilities)
    {
        using var values = tensor(probabilities.Data, [probabilities.Channels, probabilities.Shape.Count]);
        using var labels = values.argmax(0);
        return new([.. labels.data<long>().Select(label => (short)label)], probabilities.Shape, probabilities.Spacing);
    }
}
