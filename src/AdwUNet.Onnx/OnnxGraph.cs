using System.Runtime.InteropServices;
using AdwUNet.Imaging;
using Google.Protobuf;
using Onnx;
using static TorchSharp.torch;

namespace AdwUNet.Onnx;

/// <summary>An ONNX graph under construction. Values, nodes and weights are named after the modules of the network.</summary>
/// <param name="precision">The type of the weights.</param>
internal sealed class OnnxGraph(OnnxPrecision precision)
{
    /// <summary>The graph so far.</summary>
    public GraphProto Graph { get; } = new() { Name = "adwunet" };

    /// <summary>The ONNX type of the weights.</summary>
    public TensorProto.Types.DataType WeightType { get; } =
        precision == OnnxPrecision.Float16 ? TensorProto.Types.DataType.Float16 : TensorProto.Types.DataType.Float;

    /// <summary>Adds a node with one output.</summary>
    /// <param name="type">The ONNX operator.</param>
    /// <param name="output">The name of the node and of its output.</param>
    /// <param name="inputs">The names of its inputs.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <returns>The name of the output.</returns>
    public string Node(string type, string output, IEnumerable<string> inputs, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = type, Name = output };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        node.Attribute.AddRange(attributes);
        Graph.Node.Add(node);
        return output;
    }

    /// <summary>Adds a weight in the type of the graph.</summary>
    /// <returns>Its name.</returns>
    public string Weight(string name, Tensor values)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var stored = values.detach().cpu().to(precision == OnnxPrecision.Float16 ? ScalarType.Float16 : ScalarType.Float32).contiguous();
        var initializer = new TensorProto { Name = name, DataType = (int)WeightType, RawData = ByteString.CopyFrom(stored.bytes) };
        initializer.Dims.AddRange(stored.shape);
        Graph.Initializer.Add(initializer);
        return name;
    }

    /// <summary>An attribute with integers.</summary>
    public static AttributeProto Ints(string name, params long[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.AddRange(values);
        return attribute;
    }

    /// <summary>An attribute with one integer per axis.</summary>
    public static AttributeProto Ints(string name, Shape3 values) => Ints(name, values.Z, values.Y, values.X);

    /// <summary>An attribute with an integer.</summary>
    public static AttributeProto Int(string name, long value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    /// <summary>An attribute with a float.</summary>
    public static AttributeProto Number(string name, double value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Float, F = (float)value };

    /// <summary>Describes an input or output of the graph: float32, [batch, channels, depth, height, width], all dynamic but the channels.</summary>
    public static ValueInfoProto Value(string name, int channels, string description)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = "batch" });
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = channels });
        shape.Dim.AddRange(((string[])["depth", "height", "width"]).Select(axis => new TensorShapeProto.Types.Dimension { DimParam = axis }));
        return new()
        {
            Name = name,
            DocString = description,
            Type = new() { TensorType = new() { ElemType = (int)TensorProto.Types.DataType.Float, Shape = shape } },
        };
    }
}
