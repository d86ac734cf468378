using AdwUNet.Networks;
using AdwUNet.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Prediction;

/// <summary>A network that is one function of its input.</summary>
internal sealed class FunctionNetwork(int inputChannels, int classCount, Func<Tensor, Tensor> function, bool regions = false)
    : SegmentationNetwork("function")
{
    public override int InputChannels => inputChannels;

    public override int ClassCount => classCount;

    public override bool HasRegions => regions;

    /// <summary>Live tensors of this thread at the start of every forward.</summary>
    public List<long> LiveTensors { get; } = [];

    /// <summary>Whether any forward ran in training mode.</summary>
    public bool RanInTrainingMode { get; private set; }

    public override Tensor[] forward(Tensor image)
    {
        LiveTensors.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        RanInTrainingMode |= training;
        return [function(image)];
    }
}
