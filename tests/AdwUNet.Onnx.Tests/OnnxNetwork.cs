using AdwUNet.Networks;
using AdwUNet.Planning;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace AdwUNet.Onnx.Tests;

/// <summary>An exported network, computed by ONNX Runtime.</summary>
internal sealed class OnnxNetwork(string path, Plan plan) : SegmentationNetwork("onnx")
{
    private readonly InferenceSession _session = new(path);

    public override int InputChannels => plan.Modalities.Count;

    public override int ClassCount => plan.OutputCount;

    public override bool HasRegions => plan.HasRegions;

    public ModelMetadata Metadata => _session.ModelMetadata;

    public override Tensor[] forward(Tensor image)
    {
        var shape = image.shape.Select(size => (int)size).ToArray();
        var input = new DenseTensor<float>(image.contiguous().data<float>().ToArray(), shape);
        using var results = _session.Run([NamedOnnxValue.CreateFromTensor(OnnxExport.InputName, input)]);
        var output = results.Single(result => result.Name == OnnxExport.OutputName).AsTensor<float>();
        return [tensor(output.ToArray()).view([.. output.Dimensions.ToArray().Select(size => (long)size)])];
    }

    protected override void Dispose(bool disposing)
    {
        _session.Dispose();
        base.Dispose(disposing);
    }
}
