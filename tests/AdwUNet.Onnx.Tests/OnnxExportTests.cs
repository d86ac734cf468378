using AdwUNet.Architectures;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Tests.Extensions;
using AdwUNet.Tests.Planning;
using static TorchSharp.torch;

namespace AdwUNet.Onnx.Tests;

/// <summary>Exported networks against ONNX Runtime.</summary>
public sealed class OnnxExportTests : IDisposable
{
    private const double Float32Tolerance = 1e-4;
    private const double Float16Tolerance = 2e-2;
    private const string Hippocampus = "Task04_Hippocampus";

    private static readonly Plan Isotropic = TestPlans.Small(new(1, 1, 1)) with
    {
        PoolKernels = [Shape3.Cube(2), Shape3.Cube(2)],
        ConvKernels = [.. Enumerable.Repeat(Shape3.Cube(3), 3)],
    };

    // As nnU-Net plans thick slices: the first convolutions and poolings stay within a slice.
    private static readonly Plan Anisotropic = TestPlans.Small(new(4, 1, 1)) with
    {
        Modalities = ["T2", "ADC"],
        PatchSize = new(8, 16, 16),
        PoolKernels = [new(1, 2, 2), Shape3.Cube(2)],
        ConvKernels = [new(1, 3, 3), Shape3.Cube(3), Shape3.Cube(3)],
        Normalization = [new(NormalizationScheme.ZScore), new(NormalizationScheme.ZScore)],
    };

    private static readonly Plan Regions = Isotropic with
    {
        Labels = new() { Regions = [new("whole", [1, 2]), new("core", [2])], RegionsClassOrder = [1, 2] },
    };

    private static readonly Dictionary<string, Plan> Plans = new() { ["isotropic"] = Isotropic, ["anisotropic"] = Anisotropic, ["regions"] = Regions };

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, Family, OnnxPrecision> Networks =>
        [.. from plan in Plans.Keys from family in Enum.GetValues<Family>() from precision in Enum.GetValues<OnnxPrecision>() select (plan, family, precision)];

    private string File => _folder.PathOf("net.onnx");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Networks))]
    public void Logits_equal_those_of_ONNX_Runtime_for_any_batch_and_patch(string name, Family family, OnnxPrecision precision)
    {
        var plan = Plans[name];
        using var network = Trained(plan, family);
        network.ExportOnnx(File, precision);
        using var exported = new OnnxNetwork(File, plan);
        foreach (var (batch, patch) in new[] { (1, plan.PatchSize), (3, new Shape3(plan.PatchSize.Z, plan.PatchSize.Y + 8, plan.PatchSize.X + 4)) })
        {
            Compare(network, exported, rand([batch, plan.Modalities.Count, patch.Z, patch.Y, patch.X]) * 2 - 1, precision);
        }
    }

    [Fact]
    public void Logits_of_a_real_scan_equal_those_of_ONNX_Runtime()
    {
        var images = Path.Combine(Environment.GetEnvironmentVariable("ADWUNET_DATA") ?? "", Hippocampus, "imagesTr");
        Assert.SkipUnless(Directory.Exists(images), $"ADWUNET_DATA names no folder that holds {Hippocampus}.");
        var scan = ImageFile.ReadVolume(Directory.GetFiles(images, "hippocampus*.nii.gz").Order(StringComparer.Ordinal).First());
        using var voxels = tensor(scan.Data).view(1, 1, scan.Shape.Z, scan.Shape.Y, scan.Shape.X);
        using var patch = ((voxels - voxels.mean()) / voxels.std())[.., .., ..32, ..32, ..32];
        using var network = Trained(Isotropic, Family.AdwUNet);
        foreach (var precision in Enum.GetValues<OnnxPrecision>())
        {
            network.ExportOnnx(File, precision);
            using var exported = new OnnxNetwork(File, Isotropic);
            Compare(network, exported, patch, precision);
        }
    }

    [Fact]
    public void A_scan_segmented_with_ONNX_Runtime_and_the_sliding_window_has_the_same_labels()
    {
        using var network = Trained(Isotropic, Family.AdwUNet);
        network.ExportOnnx(File);
        using var exported = new OnnxNetwork(File, Isotropic);
        var random = new Random(3);
        var image = new Volume([.. Enumerable.Range(0, 20 * 28 * 24).Select(_ => (float)random.NextDouble())], 1, new(20, 28, 24), new(1, 1, 1));
        var options = new PredictionOptions { Precision = Precision.Float32 };
        var ours = SlidingWindow.Predict(network, image, Isotropic.PatchSize, options, CPU, cancellation: TestContext.Current.CancellationToken);
        var theirs = SlidingWindow.Predict(exported, image, Isotropic.PatchSize, options, CPU, cancellation: TestContext.Current.CancellationToken);
        Assert.InRange(ours.Data.Zip(theirs.Data, (a, b) => Math.Abs(a - b)).Max(), 0, 1e-5);
        Assert.Equal(Labels(ours), Labels(theirs));
        Assert.True(Labels(ours).Distinct().Count() > 1, "the network predicts one class only, so the test compares nothing");
    }

    [Fact]
    public void The_file_has_the_plan_the_classes_and_named_weights()
    {
        using var network = Trained(Anisotropic, Family.AwUNet);
        network.ExportOnnx(File);
        using var exported = new OnnxNetwork(File, Anisotropic);
        var metadata = exported.Metadata.CustomMetadataMap;
        Assert.Equal("background, one, two", metadata["classes"]);
        Assert.Equal("8 16 16", metadata["patch_size"]);
        Assert.Equal("2 4 4", metadata["divisor"]);
        Assert.Equal("4 1 1", metadata["spacing_mm"]);
        Assert.Equal(network.Architecture.ToString(), metadata["architecture"]);
        System.IO.File.WriteAllText(_folder.PathOf("plan.json"), metadata["plan"]);
        Assert.Equal(Anisotropic.ToJson(), Plan.Load(_folder.PathOf("plan.json")).ToJson());

        var model = global::Onnx.ModelProto.Parser.ParseFrom(System.IO.File.ReadAllBytes(File));
        var weights = network.named_parameters().Select(entry => entry.name).Where(name => !name.StartsWith("seg_outputs.0", StringComparison.Ordinal));
        Assert.Equal(weights.Order(StringComparer.Ordinal), model.Graph.Initializer.Select(weight => weight.Name).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["Concat", "Conv", "ConvTranspose", "InstanceNormalization", "LeakyRelu"],
            model.Graph.Node.Select(node => node.OpType).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Float16_halves_the_file()
    {
        using var network = Trained(Isotropic, Family.AdwUNet);
        network.ExportOnnx(File);
        var whole = new FileInfo(File).Length;
        network.ExportOnnx(File, OnnxPrecision.Float16);
        Assert.InRange(new FileInfo(File).Length / (double)whole, 0.45, 0.65);
    }

    [Fact]
    public void A_unit_that_is_code_is_refused()
    {
        using var network = new DerivedUNet(Isotropic, Architecture(Family.AdwUNet), 1, UnitFactory.Of<SiluUnit>());
        Assert.Equal(
            "The network consists of the unit SiluUnit, whose C# code ONNX cannot contain; export a network of the published unit.",
            Assert.Throws<OnnxExportException>(() => network.ExportOnnx(File)).Message);
        Assert.False(System.IO.File.Exists(File));
    }

    private static Architecture Architecture(Family family) => family switch
    {
        Family.AdUNet => Architectures.Architecture.FromWidths([[8, 8], [16], [24, 24, 24], [16, 16], [8]], family),
        _ => Architectures.Architecture.FromWidths([[8, 12], [16], [24, 20, 16], [12, 16], [8]], family),
    };

    /// <summary>A network whose biases and norms are not those of the initialization, as after a training.</summary>
    private static DerivedUNet Trained(Plan plan, Family family)
    {
        var network = new DerivedUNet(plan, Architecture(family), 1);
        using var noGradients = no_grad();
        manual_seed(2);
        foreach (var (name, parameter) in network.named_parameters())
        {
            if (parameter.dim() == 1) parameter.add_(randn_like(parameter) * 0.2);
        }

        network.eval();
        return network;
    }

    private static void Compare(DerivedUNet network, OnnxNetwork exported, Tensor image, OnnxPrecision precision)
    {
        using var noGradients = no_grad();
        var (expected, actual) = (network.forward(image)[0], exported.forward(image)[0]);
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange((expected - actual).abs().max().item<float>(), 0, precision == OnnxPrecision.Float16 ? Float16Tolerance : Float32Tolerance);
        Assert.True(expected.std().item<float>() > 0.1, "the logits are nearly constant, so the test compares nothing");
    }

    private static int[] Labels(Volume probabilities) =>
        [.. Enumerable.Range(0, (int)probabilities.Shape.Count).Select(voxel => Enumerable.Range(0, probabilities.Channels).MaxBy(c => probabilities.Channel(c)[voxel]))];
}
