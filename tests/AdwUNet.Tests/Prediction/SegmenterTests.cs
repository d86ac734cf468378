using AdwUNet.Augmentation;
using AdwUNet.Evaluation;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Tests.Golden;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Prediction;

public sealed class SegmenterTests : IDisposable
{
    /// <summary>Half way between the dark and the bright voxels of the test image, as a z-score.</summary>
    private const double Middle = 1.7;

    private static readonly Shape3 Shape = new(9, 14, 11);

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Labels_lie_where_the_structure_lies_in_the_file_whatever_the_plan_does_to_the_image()
    {
        // Axes swapped, voxels halved, zeros cropped: a network that finds bright voxels must still find them in place.
        var plan = Plan() with { AxisOrder = [2, 0, 1], Spacing = new(1, 1, 1) };
        using var network = Bright(1);
        var path = WriteImage("image.nii.gz", Image(out var expected));
        var labels = new Segmenter(plan, [network]).Segment(path, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal((expected.Shape, expected.Spacing), (labels.Shape, labels.Spacing));
        Assert.InRange(Dice.PerClass(labels, expected, 2)[0]!.Value, 0.95, 1);
    }

    [Fact]
    public void At_the_plans_own_spacing_the_labels_are_exact()
    {
        using var network = Bright(1);
        var path = WriteImage("image.nii", Image(out var expected));
        Assert.Equal(expected.Data, new Segmenter(Plan(), [network]).Segment(path, cancellation: TestContext.Current.CancellationToken).Data);
    }

    [Fact]
    public void The_file_keeps_the_inputs_affine_and_header()
    {
        using var network = Bright(1);
        var input = Path.Combine(_folder, "input.nii.gz");
        var image = Image(out var expected);
        var header = NiftiHeader.Create(Shape, image.Spacing) with
        {
            Description = "a scan",
            SformCode = 1,
            Sform = [0, -1, 0, 31, 2, 0, 0, -7, 0, 0, 2, 5],
            QformCode = 1,
            Quaternion = [0, 0, 1],
            QformOffset = [31, -7, 5],
        };
        Nifti.WriteVolume(input, image, header);
        var output = Path.Combine(_folder, "output.nii.gz");

        new Segmenter(Plan(), [network]).SegmentToFile(input, output, cancellation: TestContext.Current.CancellationToken);

        var (read, written) = (Nifti.ReadHeader(input), Nifti.ReadHeader(output));
        Assert.Equal(read.Affine, written.Affine);
        Assert.Equal(read.Sform, written.Sform);
        Assert.Equal(read.Quaternion, written.Quaternion);
        Assert.Equal(
            (read.Shape, read.Spacing, read.Description, read.SformCode, read.QformCode),
            (written.Shape, written.Spacing, written.Description, written.SformCode, written.QformCode));
        Assert.Equal(NiftiDataType.UInt8, written.DataType);
        Assert.Equal(expected.Data, Nifti.ReadLabels(output).Data);
    }

    [Theory]
    [InlineData(".nii.gz")]
    [InlineData(".nrrd")]
    [InlineData(".nhdr")]
    [InlineData(".mha")]
    [InlineData(".mhd")]
    public void A_scan_of_any_format_and_orientation_is_segmented_at_its_place_with_the_label_values_of_the_files(string ending)
    {
        // x to the back, y upwards, z to the left; the plan's images are RAS, so the file's axes are turned for the network and back for the output.
        using var network = Bright(1);
        var image = Image(out var expected);
        var like = ImageHeader.Of(NiftiHeader.Create(Shape, image.Spacing) with { Sform = [0, 0, -2, 31.5, -2, 0, 0, -7, 0, 1, 0, 5.25] });
        var (input, output) = (Path.Combine(_folder, "input" + ending), Path.Combine(_folder, "output" + ending));
        ImageFile.WriteVolume(input, image, like);
        var plan = Plan() with { Orientation = "RAS", Spacing = new(1, 2, 2), Labels = new LabelScheme { FileValues = [0, 7] } };
        new Segmenter(plan, [network]).SegmentToFile(input, output, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(expected.Data.Select(label => (short)(7 * label)), ImageFile.ReadLabels(output).Data);
        Assert.Equal(ImageFile.ReadHeader(input).Affine, ImageFile.ReadHeader(output).Affine);
    }

    [Fact]
    public void Networks_are_averaged_by_their_probabilities()
    {
        using var certain = Constant(0.9f);
        using var doubtful = Constant(0.4f);
        var image = new Volume(new float[27], 1, Shape3.Cube(3), new(1, 1, 1));
        var steps = new List<PredictionProgress>();
        var mean = new Segmenter(Plan(), [certain, doubtful, doubtful])
            .Predict(image, new Progress(steps.Add), TestContext.Current.CancellationToken);
        Assert.All(mean.Channel(1).ToArray(), value => Assert.Equal(1.7 / 3, value, 1e-6));
        Assert.All(mean.Channel(0).ToArray(), value => Assert.Equal(1.3 / 3, value, 1e-6));
        Assert.Equal([new(1, 3), new(2, 3), new(3, 3)], steps);
    }

    [Fact]
    public void Networks_vote_for_labels_where_the_options_say_so()
    {
        // The mean probability of the structure is 1.7 / 3; two of three networks do not see it.
        using var certain = Constant(0.9f);
        using var doubtful = Constant(0.4f);
        var image = Image(out _);
        LabelMap Segment(bool vote) => new Segmenter(Plan(), [certain, doubtful, doubtful], new PredictionOptions { MajorityVote = vote })
            .Segment(image, "image", cancellation: TestContext.Current.CancellationToken);
        Assert.Contains((short)1, Segment(vote: false).Data);
        Assert.DoesNotContain((short)1, Segment(vote: true).Data);
    }

    [Fact]
    public void A_segmentation_is_postprocessed()
    {
        // The image has a single bright structure; a bright voxel far from it is removed.
        using var network = Bright(1);
        var image = Image(out var expected);
        image.Data[Shape.Offset(7, 12, 10)] = 200;
        LabelMap Segment(Postprocessing? postprocessing) => new Segmenter(Plan(), [network]) { Postprocessing = postprocessing }
            .Segment(image, "image", cancellation: TestContext.Current.CancellationToken);
        Assert.NotEqual(expected.Data, Segment(null).Data);
        Assert.Equal(expected.Data, Segment(new Postprocessing
        {
            Rules = PostprocessingRules.NnUNetV1,
            Cases = 1,
            Trials = [new PostprocessingTrial { Name = "bright", Labels = [1], Before = [0.9], After = [1], Helps = true }],
        }).Data);
    }

    [Fact]
    public void Several_channels_come_from_one_file()
    {
        var plan = Plan(channels: 2);
        using var second = Bright(2);
        var bright = Image(out var expected);
        var noise = bright.Data.Select((_, index) => 1f + (index % 7)).ToArray();
        var path = WriteImage("two.nii.gz", new Volume([.. noise, .. bright.Data], 2, Shape, bright.Spacing));
        Assert.Equal(expected.Data, new Segmenter(plan, [second]).Segment(path, cancellation: TestContext.Current.CancellationToken).Data);
    }

    [Fact]
    public void An_image_of_other_channels_is_refused_by_name()
    {
        using var network = new FunctionNetwork(2, 2, image => image.alias());
        var segmenter = new Segmenter(Plan(channels: 2), [network]);
        var path = WriteImage("one.nii.gz", Image(out _));
        var output = Path.Combine(_folder, "labels.nii.gz");
        var fault = Assert.Throws<SegmentationException>(() => segmenter.SegmentToFile(path, output, cancellation: TestContext.Current.CancellationToken));
        Assert.StartsWith($"{path} has 1 channels", fault.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(output));
    }

    [Fact]
    public void An_output_that_cannot_be_is_refused_before_predicting()
    {
        using var network = Bright(1);
        var segmenter = new Segmenter(Plan(), [network]);
        var path = WriteImage("image.nii.gz", Image(out _));
        foreach (var output in new[] { Path.Combine(_folder, "labels.png"), Path.Combine(_folder, "none", "labels.nii.gz") })
        {
            var fault = Assert.Throws<ImageException>(() => segmenter.SegmentToFile(path, output, cancellation: TestContext.Current.CancellationToken));
            Assert.Contains(output, fault.Message, StringComparison.Ordinal);
        }

        Assert.Empty(network.LiveTensors);
    }

    [Fact]
    public void Networks_that_do_not_fit_the_plan_are_refused()
    {
        using var other = Bright(2);
        Assert.Contains("2 channels", Assert.Throws<SegmentationException>(() => new Segmenter(Plan(), [other])).Message, StringComparison.Ordinal);
        Assert.Throws<SegmentationException>(() => new Segmenter(Plan(), []));
    }

    [Fact]
    public void A_cancelled_segmentation_leaves_no_file()
    {
        using var cancellation = new CancellationTokenSource();
        using var network = Bright(1);
        var path = WriteImage("image.nii.gz", Image(out _));
        var output = Path.Combine(_folder, "labels.nii.gz");
        var segmenter = new Segmenter(Plan(), [network]);
        Assert.Throws<OperationCanceledException>(() => segmenter.SegmentToFile(
            path, output, new Progress(_ => cancellation.Cancel()), cancellation.Token));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    private static Plan Plan(int channels = 1) =>
        GoldenCase.MakePlan("Task99_Test", [Shape3.Cube(2)], [Shape3.Cube(3), Shape3.Cube(3)], channels, 2) with
        {
            PatchSize = Shape3.Cube(6),
            Spacing = new(2, 1, 2),
        };

    /// <summary>Finds what is bright in the last channel.</summary>
    private static FunctionNetwork Bright(int channels) => new(channels, 2, image =>
    {
        var last = image.narrow(1, channels - 1, 1);
        return cat([full_like(last, Middle), last], 1);
    });

    private static FunctionNetwork Constant(float probability) => new(1, 2, image => cat(
        [full_like(image, Math.Log(1 - probability)), full_like(image, Math.Log(probability))], 1));

    /// <summary>A dark block, with a bright off-centre block in it, in an empty frame.</summary>
    private static Volume Image(out LabelMap structure)
    {
        var (data, labels) = (new float[Shape.Count], new short[Shape.Count]);
        for (var z = 1; z < 8; z++)
        {
            for (var y = 1; y < 13; y++)
            {
                for (var x = 1; x < 11; x++)
                {
                    var inside = z is > 1 and < 5 && y is > 6 and < 12 && x is > 3 and < 8;
                    data[Shape.Offset(z, y, x)] = inside ? 200 : 50;
                    labels[Shape.Offset(z, y, x)] = inside ? (short)1 : (short)0;
                }
            }
        }

        structure = new LabelMap(labels, Shape, new(2, 1, 2));
        return new Volume(data, 1, Shape, new(2, 1, 2));
    }

    private string WriteImage(string name, Volume image)
    {
        var path = Path.Combine(_folder, name);
        Nifti.WriteVolume(path, image);
        return path;
    }

    private sealed class Progress(Action<PredictionProgress> report) : IProgress<PredictionProgress>
    {
        public void Report(PredictionProgress value) => report(value);
    }
}
