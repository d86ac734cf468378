using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using Google.Protobuf;
using Onnx;
using TorchSharp.Modules;
using static AdwUNet.Onnx.OnnxGraph;
using static TorchSharp.torch;

namespace AdwUNet.Onnx;

/// <summary>Writes derived U-Nets as ONNX files, which every ONNX runtime can run without this library.</summary>
/// <remarks>
/// The input <c>image</c> has preprocessed patches, float32 [batch, channels, depth, height, width], whose sizes are multiples of the metadata's
/// <c>divisor</c>. The output <c>logits</c> has the logits of the finest resolution, float32 [batch, classes, depth, height, width].
/// Preprocessing and the sliding window are not in the graph; the metadata's <c>plan</c> has their settings.
/// </remarks>
public static class OnnxExport
{
    /// <summary>The name of the graph's input.</summary>
    public const string InputName = "image";

    /// <summary>The name of the graph's output.</summary>
    public const string OutputName = "logits";

    // All operators that are used have their newest version in opset 22, which is that of ONNX 1.17 (October 2024).
    private const int OperatorSet = 22;
    private const int FormatVersion = 10;

    /// <summary>Writes a trained model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file; replaced if it exists, whole or not at all.</param>
    /// <param name="precision">The type of the weights and of the computation.</param>
    /// <exception cref="OnnxExportException">The network consists of a unit other than the published one.</exception>
    /// <exception cref="StorageException">The file cannot be written.</exception>
    public static void ExportOnnx(this TrainedModel model, string path, OnnxPrecision precision = OnnxPrecision.Float32) =>
        model.Network.ExportOnnx(path, precision);

    /// <summary>Writes a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="path">The file; replaced if it exists, whole or not at all.</param>
    /// <param name="precision">The type of the weights and of the computation.</param>
    /// <exception cref="OnnxExportException">The network consists of a unit other than the published one.</exception>
    /// <exception cref="StorageException">The file cannot be written.</exception>
    public static void ExportOnnx(this DerivedUNet network, string path, OnnxPrecision precision = OnnxPrecision.Float32)
    {
        var model = new ModelProto
        {
            IrVersion = FormatVersion,
            ProducerName = "AdwUNet.Onnx",
            ProducerVersion = typeof(OnnxExport).Assembly.GetName().Version!.ToString(),
            DocString = $"AdwU-Net for {network.Plan.Dataset}: {network.Architecture}",
            Graph = Graph(network, precision),
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = OperatorSet });
        foreach (var (key, value) in Metadata(network))
        {
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        }

        AtomicFile.Write(path, stream => model.WriteTo(stream));
    }

    private static GraphProto Graph(DerivedUNet network, OnnxPrecision precision)
    {
        var (plan, isHalf) = (network.Plan, precision == OnnxPrecision.Float16);
        var graph = new OnnxGraph(precision);
        graph.Graph.Input.Add(Value(InputName, network.InputChannels, $"Preprocessed patches of {string.Join(", ", plan.Modalities)}."));
        graph.Graph.Output.Add(Value(
            OutputName,
            network.ClassCount,
            plan.HasRegions
                ? $"Logits of the regions {string.Join(", ", plan.TargetNames.Skip(1))}; the sigmoid of each gives its probability."
                : $"Logits of the classes {string.Join(", ", plan.Classes)}; the softmax over axis 1 gives their probabilities."));

        var features = isHalf ? graph.Node("Cast", "image.half", [InputName], Int("to", (int)graph.WeightType)) : InputName;
        var names = new Dictionary<Tensor, string>(ReferenceEqualityComparer.Instance);
        foreach (var (name, parameter) in network.named_parameters())
        {
            names[parameter] = name;
        }

        var skips = new Stack<string>();
        foreach (var block in network.Encoder)
        {
            features = Units(graph, block, features, names);
            skips.Push(features);
        }

        skips.Pop(); // the output of the bottleneck is not a skip
        Conv3d? last = null;
        foreach (var (block, (upSampling, stride), output) in network.Decoder)
        {
            var name = Module(names[upSampling.weight!]);
            var up = graph.Node("ConvTranspose", name, [features, graph.Weight($"{name}.weight", upSampling.weight!)], Ints("kernel_shape", stride), Ints("strides", stride));
            features = Units(graph, block, graph.Node("Concat", $"{name}.skip", [up, skips.Pop()], Int("axis", 1)), names);
            last = output;
        }

        var weight = graph.Weight(names[last!.weight!], last.weight!);
        var logits = graph.Node("Conv", isHalf ? "logits.half" : OutputName, [features, weight], Ints("kernel_shape", Shape3.Cube(1)));
        if (isHalf)
        {
            graph.Node("Cast", OutputName, [logits], Int("to", (int)TensorProto.Types.DataType.Float));
        }

        return graph.Graph;
    }

    private static string Units(OnnxGraph graph, Block block, string features, Dictionary<Tensor, string> names)
    {
        foreach (var unit in block.Units)
        {
            if (unit.Description is not { } published)
            {
                throw new OnnxExportException(
                    $"The network consists of the unit {unit.GetType().Name}, whose C# code ONNX cannot contain; export a network of the published unit.");
            }

            string Weight(Tensor values) => graph.Weight(names[values], values);
            var (convolution, kernel, norm) = (published.Convolution, published.Kernel, published.Norm);
            var padding = new Shape3(kernel.Z / 2, kernel.Y / 2, kernel.X / 2);
            features = graph.Node(
                "Conv",
                Module(names[convolution.weight!]),
                [features, Weight(convolution.weight!), Weight(convolution.bias!)],
                Ints("kernel_shape", kernel),
                Ints("strides", published.Stride),
                Ints("pads", padding.Z, padding.Y, padding.X, padding.Z, padding.Y, padding.X));
            var name = Module(names[norm.Weight]);
            features = graph.Node("InstanceNormalization", name, [features, Weight(norm.Weight), Weight(norm.Bias)], Number("epsilon", norm.Epsilon));
            features = graph.Node("LeakyRelu", $"{name}.activation", [features], Number("alpha", published.NegativeSlope));
        }

        return features;
    }

    // "conv_blocks_context.0.block1.conv.weight" is a parameter of the module "conv_blocks_context.0.block1.conv".
    private static string Module(string parameter) => parameter[..parameter.LastIndexOf('.')];

    private static IEnumerable<(string Key, string Value)> Metadata(DerivedUNet network)
    {
        var plan = network.Plan;
        var divisor = plan.PoolKernels.Aggregate(Shape3.Cube(1), (product, pool) => new(product.Z * pool.Z, product.Y * pool.Y, product.X * pool.X));
        yield return ("plan", plan.ToJson());
        yield return ("architecture", network.Architecture.ToString());
        yield return (plan.HasRegions ? "regions" : "classes", string.Join(", ", plan.HasRegions ? plan.TargetNames.Skip(1) : plan.Classes));
        yield return ("patch_size", Text(plan.PatchSize));
        yield return ("divisor", Text(divisor));
        yield return ("spacing_mm", FormattableString.Invariant($"{plan.Spacing.Z} {plan.Spacing.Y} {plan.Spacing.X}"));
    }

    private static string Text(Shape3 shape) => FormattableString.Invariant($"{shape.Z} {shape.Y} {shape.X}");
}
