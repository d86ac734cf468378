using AdwUNet.Imaging;
using AdwUNet.Prediction;
using AdwUNet.Tests.Golden;
using AdwUNet.Tests.Networks;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Prediction;

/// <summary>The tiled prediction of nnU-Net v1 (<c>predict_3D</c>) in adw_derived.npz.</summary>
public class PredictionGoldenTests
{
    /// <summary>Of probabilities. The reference's own logits differ by 1.2e-5 between two runs (manifest, tolerance guide).</summary>
    private const double Tolerance = 1e-5;

    [Theory]
    [InlineData("gauss_mirror", true, 1)]
    [InlineData("gauss_mirror", true, 2)]
    [InlineData("nogauss_nomirror", false, 1)]
    [InlineData("nogauss_nomirror", false, 5)]
    public void Tiled_prediction_equals_adw_derived_npz(string name, bool gaussianAndMirrors, int batch)
    {
        using var scope = NewDisposeScope();
        var golden = new GoldenCase("adw_derived");
        using var network = DerivedUNetGoldenTests.Build(golden);
        var input = golden.Arrays["predict/image"];
        var image = new Volume(input.ToFloats(), input.Shape[0], Shape3.From(input.Shape[1..]), new Spacing3(1, 1, 1));
        var patch = Shape3.From([.. golden.Description.GetProperty("predict").GetProperty("patch_size").EnumerateArray().Select(size => size.GetInt32())]);
        var options = new PredictionOptions
        {
            Gaussian = gaussianAndMirrors,
            MirrorAxes = gaussianAndMirrors ? [0, 1, 2] : [],
            BatchSize = batch,
        };

        var actual = SlidingWindow.Predict(network, image, patch, options, CPU, cancellation: TestContext.Current.CancellationToken);

        var expected = golden.Arrays[$"predict/{name}/softmax"];
        Assert.Equal<int[]>(expected.Shape, [actual.Channels, .. actual.Shape.ToArray()]);
        Near.Compare(Quantity.Absolute("adw_derived.npz", "probabilities of the tiled prediction", Tolerance), expected.ToFloats(), actual.Data, name);

        var segmentation = tensor(actual.Data, [actual.Channels, actual.Shape.Count]).argmax(0).data<long>();
        Near.Same(
            "adw_derived.npz", "labels of the tiled prediction", golden.Arrays[$"predict/{name}/seg"].ToDoubles(), segmentation.Select(label => (double)label));
    }
}
