using AdwUNet.Evaluation;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Tests.Planning;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Prediction;

/// <summary>From probabilities of regions to labels and figures.</summary>
public sealed class RegionPredictionTests
{
    private static readonly Spacing3 Spacing = new(1, 1, 1);
    private static readonly Shape3 Row = new(1, 1, 8);

    private static readonly LabelScheme Scheme = new()
    {
        Regions = [new("whole", [1, 2, 3]), new("core", [2, 3]), new("enhancing", [3])],
        RegionsClassOrder = [1, 2, 3],
        IgnoreLabel = 4,
    };

    [Fact]
    public void Regions_above_one_half_give_their_labels_later_ones_over_earlier_ones()
    {
        // By hand. Exactly one half is not enough, a region needs no other around it, and the order of the labels is that of the description.
        float[] whole = [0, 0.5f, 0.51f, 1, 1, 0, 0.9f, 0], core = [0, 0, 0, 0.6f, 1, 0.6f, 0.5f, 0], enhancing = [0, 0, 0, 0, 1, 0, 0, 0.7f];
        float[] all = [.. whole, .. core, .. enhancing];
        Assert.Equal([0, 0, 1, 2, 3, 2, 1, 3], Geometry(Row).Restore(all, Scheme).Data);
        Assert.Equal([0, 0, 3, 1, 2, 1, 3, 2], Geometry(Row).Restore(all, Scheme with { RegionsClassOrder = [3, 1, 2] }).Data);
        Assert.Throws<ArgumentException>(() => Geometry(Row).Restore(new float[9], Scheme));
    }

    [Fact]
    public void Outputs_are_sigmoids_whose_mean_over_mirrorings_tiles_and_networks_is_the_probability()
    {
        // A tile's logit depends on where a voxel lies in it, so that mirrorings and tiles differ.
        var plan = Plan() with { PatchSize = Shape3.Cube(4) };
        using var network = Regions(image => image + linspace(-3, 3, 4).view(1, 1, 1, 1, 4));
        using var other = Regions(image => image * 0);
        var image = new Volume([.. Enumerable.Range(0, 4 * 4 * 6).Select(i => (float)Math.Sin(i))], 1, new(4, 4, 6), Spacing);
        var found = new Segmenter(plan, [network, other], new() { MirrorAxes = [2], Gaussian = false, BatchSize = 1 })
            .Predict(image, cancellation: TestContext.Current.CancellationToken);
        double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
        for (var i = 0; i < image.Data.Length; i++)
        {
            var x = i % 6;
            var tiles = new[] { 0, 2 }.Where(first => x >= first && x < first + 4); // half a patch apart
            double Logit(int place) => image.Data[i] - 3 + (2 * place);
            var expected = tiles.Average(first => (Sigmoid(Logit(x - first)) + Sigmoid(Logit(3 - x + first))) / 2);
            Assert.Equal((expected + 0.5) / 2, found.Data[i], 1e-6);
        }
    }

    [Fact]
    public void A_segmentation_and_its_report_have_the_figures_of_a_hand()
    {
        // Intensity 10 k is label k; the network finds the regions exactly, but for one voxel that the image shows as label 3 and the reference as 1.
        short[] reference = [0, 1, 1, 2, 3, 1, 0, 4, 0, 4], shown = [0, 1, 1, 2, 3, 3, 0, 3, 0, 0];
        Shape3 row = new(1, 1, 10), patch = new(2, 2, 10);
        using var network = Regions(image => cat([image - 5, image - 15, image - 25], 1), 3);
        var plan = Plan(outputs: 3) with { PatchSize = patch, Normalization = [new(NormalizationScheme.None)] };

        // Cropping would take away zeros, so the background is 1.
        var image = new Volume([.. shown.Select(label => label == 0 ? 1f : 10 * label)], 1, row, Spacing);
        var labels = new Segmenter(plan, [network]).Segment(image, "x", cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(shown, labels.Data);
        var result = CaseResult.Compare("x", labels, new LabelMap(reference, row, Spacing), plan.Classes, plan.Labels);
        Assert.Equal(["whole", "core", "enhancing"], result.Classes.Select(c => c.Class));

        // whole: both 5, common 5; core: prediction 3, reference 2, common 2; enhancing: prediction 2, reference 1, common 1.
        Assert.Equal([1, 2.0 * 2 / 5, 2.0 * 1 / 3], result.Classes.Select(c => c.Dice!.Value));
        Assert.Equal([5, 3, 2], result.Classes.Select(c => c.PredictionVoxels));
        Assert.Equal((1 + 0.8 + (2 / 3.0)) / 3, new EvaluationReport([result]).MeanDice!.Value, 12);
        Assert.Equal((1 + 0.8 + (2 / 3.0)) / 3, new CrossValidation([new EvaluationReport([result])]).MeanDice.Mean!.Value, 12);
    }

    [Fact]
    public void A_network_of_classes_does_not_fit_a_plan_of_regions()
    {
        using var classes = new FunctionNetwork(1, 1, image => image.alias());
        var message = Assert.Throws<SegmentationException>(() => new Segmenter(Plan(), [classes])).Message;
        Assert.Contains("1 channels and 1 classes, the plan of Small 1 channels and 1 regions", message, StringComparison.Ordinal);
    }

    private static Plan Plan(int outputs = 1) => TestPlans.Small(Spacing) with
    {
        Classes = ["background", "label 1", "label 2", "enhancing"],
        Labels = Scheme with { Regions = [.. Scheme.Regions.Take(outputs)], RegionsClassOrder = [.. Scheme.RegionsClassOrder.Take(outputs)] },
    };

    private static FunctionNetwork Regions(Func<Tensor, Tensor> logits, int outputs = 1) => new(1, outputs, logits, regions: true);

    private static Preprocessing.CaseGeometry Geometry(Shape3 shape) => new()
    {
        OriginalShape = shape,
        OriginalSpacing = Spacing,
        Box = new(default, shape),
        AxisOrder = [0, 1, 2],
        CroppedShape = shape,
        CroppedSpacing = Spacing,
        ResampledShape = shape,
        ResampledSpacing = Spacing,
    };
}
