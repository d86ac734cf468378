using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Preprocessing;
using AdwUNet.Runs;
using AdwUNet.Sampling;
using AdwUNet.Search;
using AdwUNet.Storage;
using AdwUNet.Tests.Prediction;
using AdwUNet.Tests.Sampling;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Runs.Tests.Robustness;

/// <summary>A number that is not finite ends a run, says where it came from, and reaches neither a checkpoint nor a segmentation.</summary>
public sealed class NumbersGoingBadTests : IDisposable
{
    private const string Untouched = "The last good checkpoint is what it was.";
    private readonly TemporaryFolder _folder = new(inMemory: true);

    private string RunFolder => _folder.PathOf("run");

    private string CheckpointPath => Path.Combine(RunFolder, "checkpoint.safetensors");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [Promise("A value that is not finite ends a training with the last good checkpoint; the error says whether it is in the image, the weights, the loss or the gradient")]
    [InlineData(NumericalFault.Image)]
    [InlineData(NumericalFault.Weights)]
    [InlineData(NumericalFault.Loss)]
    [InlineData(NumericalFault.Gradient)]
    public void Training_ends_and_names_the_first_tensor_that_is_not_finite(NumericalFault fault)
    {
        var turning = new TurningCase(FakeCase.Random(1, Shape3.Cube(12)));
        using (var trainer = TinyRuns.TrainingRun(RunFolder, training: turning, threads: 0))
        {
            var (epochs, good) = (0, Array.Empty<byte>());
            var progress = new Immediate<StepProgress>(step =>
            {
                if (step is { Epoch: 1, Iteration: 2 })
                {
                    good = File.ReadAllBytes(CheckpointPath);
                    Spoil(fault, turning, trainer.Network);
                }
            });
            var error = Assert.Throws<NumericalException>(() =>
            {
                foreach (var _ in trainer.Run(progress, TestContext.Current.CancellationToken))
                {
                    epochs++;
                }
            });
            Assert.Equal((fault, 1, 2, 1), (error.Fault, error.Epoch, error.Iteration, epochs));
            Assert.StartsWith("A value is not finite in iteration 2 of epoch 1 (0-based); the first such tensor is the ", error.Message, StringComparison.Ordinal);
            Assert.Contains($"{RunFolder} holds the last good checkpoint, after 1 epochs and 0 iterations.", error.Message, StringComparison.Ordinal);
            Assert.True(good.AsSpan().SequenceEqual(File.ReadAllBytes(CheckpointPath)), Untouched);
            Assert.False(File.Exists(Path.Combine(RunFolder, TrainedModel.FinalWeightsFile)), "A training that broke off looks finished.");
            Assert.StartsWith(
                $"The training in {RunFolder} is not finished", Assert.Throws<RunException>(() => TrainedModel.Load(RunFolder)).Message, StringComparison.Ordinal);
            using var soFar = TrainedModel.Load(RunFolder, unfinished: true);
            Assert.True(File.Exists(Path.Combine(RunFolder, TrainedModel.BestWeightsFile)));
        }

        turning.Value = 0;
        using var again = TinyRuns.TrainingRun(RunFolder, training: turning, threads: 0);
        Assert.Equal(TinyRuns.Epochs - 1, again.Run(cancellation: TestContext.Current.CancellationToken).Count());
        PromiseTable.Kept("each of the four, in a later epoch; continued after the cause was gone");
    }

    [Theory]
    [Promise("A value that is not finite ends a search in the same way, in the warm-up and after it")]
    [InlineData(NumericalFault.Image, 0)]
    [InlineData(NumericalFault.Weights, 0)]
    [InlineData(NumericalFault.Loss, 0)]
    [InlineData(NumericalFault.Gradient, 0)]
    [InlineData(NumericalFault.Image, 2)]
    [InlineData(NumericalFault.Weights, 2)]
    [InlineData(NumericalFault.Loss, 2)]
    [InlineData(NumericalFault.Gradient, 2)]
    public void Search_ends_and_names_the_first_tensor_that_is_not_finite(NumericalFault fault, int epoch)
    {
        var turning = new TurningCase(FakeCase.Random(1, Shape3.Cube(12)));
        using var search = TinyRuns.Search(RunFolder, half: turning, threads: 0);
        var progress = new Immediate<StepProgress>(step =>
        {
            if (step.Epoch == epoch && step.Iteration == 1)
            {
                Spoil(fault, turning, search.Supernet);
            }
        });
        var error = Assert.Throws<NumericalException>(() => search.Run(progress, TestContext.Current.CancellationToken).ToList());
        Assert.Equal((fault, epoch, 1), (error.Fault, error.Epoch, error.Iteration));
        Assert.Equal(epoch > 0, File.Exists(CheckpointPath));
        Assert.Contains(epoch > 0 ? "after 2 epochs and 0 iterations" : "holds no checkpoint yet", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(search.ArchitecturePath), "A search that broke off looks finished.");
        PromiseTable.Kept("each of the four, in the warm-up and in an architecture step");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Validation_loss_that_is_not_finite_ends_the_run_before_the_epoch_is_recorded(bool isSearch)
    {
        IDisposable run;
        Action start;
        if (isSearch)
        {
            var search = TinyRuns.Search(RunFolder, validation: TinyRuns.Nan());
            (run, start) = (search, () => _ = search.Run(cancellation: TestContext.Current.CancellationToken).ToList());
        }
        else
        {
            var trainer = TinyRuns.TrainingRun(RunFolder, validation: TinyRuns.Nan());
            (run, start) = (trainer, () => _ = trainer.Run(cancellation: TestContext.Current.CancellationToken).ToList());
        }

        using (run)
        {
            var error = Assert.Throws<NumericalException>(start);
            Assert.Equal((NumericalFault.Image, 0, TinyRuns.Iterations), (error.Fault, error.Epoch, error.Iteration));
            Assert.StartsWith("A value is not finite in the validation of epoch 0 (0-based); the first such tensor is the image: sample ", error.Message, StringComparison.Ordinal);
            Assert.Contains("from the case nan.", error.Message, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFiles(RunFolder, "*.safetensors"));
        }
    }

    [Fact]
    public void Checkpoint_contains_only_finite_values()
    {
        using var source = new CancellationTokenSource();
        byte[] good = [];
        using var trainer = TinyRuns.TrainingRun(RunFolder);
        var progress = new Immediate<StepProgress>(step =>
        {
            if (step is { Epoch: 1, Iteration: 1 })
            {
                good = File.ReadAllBytes(CheckpointPath);
                Spoil(NumericalFault.Weights, null, trainer.Network);
                source.Cancel();
            }
        });
        var error = Assert.Throws<NumericalException>(() => trainer.Run(progress, source.Token).ToList());
        Assert.Equal((NumericalFault.Weights, 1, 1), (error.Fault, error.Epoch, error.Iteration));
        Assert.True(good.AsSpan().SequenceEqual(File.ReadAllBytes(CheckpointPath)), Untouched);
        Assert.Equal(TinyRuns.Epochs - 1, trainer.Run(cancellation: TestContext.Current.CancellationToken).Count());
    }

    [Fact]
    public void Weights_that_are_not_finite_are_refused_by_file_and_tensor()
    {
        using (var trainer = TinyRuns.TrainingRun(RunFolder))
        {
            _ = trainer.Run(cancellation: TestContext.Current.CancellationToken).ToList();
            Spoil(NumericalFault.Weights, null, trainer.Network);
            Weights.Save(trainer.Network, Path.Combine(RunFolder, TrainedModel.BestWeightsFile));
        }

        var error = Assert.Throws<SafetensorsException>(() => TrainedModel.Load(RunFolder));
        Assert.Contains("best.safetensors holds weights that are not finite, in 'conv_blocks_context.0.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Probabilities_that_are_not_finite_are_no_segmentation()
    {
        using var network = new FunctionNetwork(1, 3, image => full([image.shape[0], 3, .. image.shape[2..]], float.NaN));
        var segmenter = new Segmenter(TinyRuns.Plan, [network]);
        var image = new Volume(new float[1000], 1, Shape3.Cube(10), new Spacing3(1, 1, 1));
        image.Data[0] = 1;
        var error = Assert.Throws<SegmentationException>(() => segmenter.Segment(image, "scan.nii.gz", cancellation: TestContext.Current.CancellationToken));
        Assert.Contains("are not finite", error.Message, StringComparison.Ordinal);
    }

    private static void Spoil(NumericalFault fault, TurningCase? turning, nn.Module network)
    {
        using var noGradient = no_grad();
        var parameters = network.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        switch (fault)
        {
            case NumericalFault.Image:
                turning!.Value = float.NaN;
                break;
            case NumericalFault.Weights:
                parameters.First(p => p.Key.EndsWith("conv.weight", StringComparison.Ordinal)).Value.fill_(double.NaN);
                break;
            case NumericalFault.Loss:
                // Two of them sum to more than the largest number.
                parameters.First(p => p.Key.EndsWith("conv.weight", StringComparison.Ordinal)).Value.fill_(3e38);
                break;
            default:
                // The loss is as large as the logits; what flows back through them squares to more than the largest number.
                parameters["seg_outputs.0.weight"].mul_(1e25);
                break;
        }
    }

    /// <summary>A case whose voxels all become another value when that is wanted.</summary>
    private sealed class TurningCase(IPreprocessedCase inner) : IPreprocessedCase
    {
        public float Value { get; set; }

        public string Id => inner.Id;

        public int Channels => inner.Channels;

        public Shape3 Shape => inner.Shape;

        public ReadOnlySpan<float> Image => float.IsNaN(Value) ? Enumerable.Repeat(Value, inner.Image.Length).ToArray() : inner.Image;

        public ReadOnlySpan<short> Labels => inner.Labels;

        public IReadOnlyDictionary<int, int[]> ForegroundVoxels => inner.ForegroundVoxels;
    }
}
