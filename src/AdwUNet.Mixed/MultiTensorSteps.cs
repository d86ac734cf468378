using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Mixed;

/// <summary>
/// The steps of the published optimizers by libtorch's fused operations: a few kernels for all parameters in the place of several for each. Nothing is read
/// by the host; a step whose numbers are not finite is skipped on the device.
/// </summary>
/// <param name="everywhere">Whether they serve the CPU, too, for tests. There, the engine for CPUs has its own.</param>
internal sealed class MultiTensorSteps(bool everywhere) : IFusedSteps
{
    // PyTorch's defaults.
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Epsilon = 1e-8;

    private static readonly Scalar ClipEpsilon = 1e-6; // of clip_grad_norm_
    private static readonly Scalar One = 1;

    /// <inheritdoc/>
    public bool Serves(Tensor tensor) =>
        (everywhere || tensor.device_type == DeviceType.CUDA || StepNumbers.ActsAsOnDevice) && tensor.dtype is ScalarType.Float32 or ScalarType.Float64 && tensor.is_contiguous() && Dispatcher.IsThere;

    /// <summary>Sets tensors to 0.</summary>
    public static void Clear(IReadOnlyCollection<Tensor> tensors)
    {
        if (Dispatcher.IsThere && tensors.Count > 0)
        {
            Dispatcher.Call("aten::_foreach_zero_", "", Dispatcher.Of(tensors));
            return;
        }

        foreach (var one in tensors)
        {
            one.zero_();
        }
    }

    /// <inheritdoc/>
    public Tensor Clip(IReadOnlyList<Tensor> gradients, double largest)
    {
        using var scope = NewDisposeScope();
        var norm = Dispatcher.ToTensor(Dispatcher.Call("aten::flatten_dense_tensors", "", Dispatcher.Of(gradients))).norm();
        using Scalar most = largest;
        var factor = norm.add(ClipEpsilon).reciprocal().mul(most).clamp_max(One);
        Dispatcher.Call("aten::_foreach_mul_", "Tensor", Dispatcher.Of(gradients), Dispatcher.Of(factor));
        return norm.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Nesterov(
        IReadOnlyList<(Tensor Weights, Tensor Gradients, Tensor Momenta)> parameters, float learningRate, float momentum, float weightDecay, StepNumbers? numbers)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        Dispatcher.Call(
            "aten::_fused_sgd_",
            "",
            Dispatcher.Of([.. parameters.Select(p => p.Weights)]),
            Dispatcher.Of([.. parameters.Select(p => p.Gradients)]),
            Dispatcher.Of([.. parameters.Select(p => p.Momenta)]),
            Dispatcher.Of((double)weightDecay),
            Dispatcher.Of((double)momentum),
            Dispatcher.Of((double)learningRate),
            Dispatcher.Of(0.0), // dampening
            Dispatcher.Of(true), // Nesterov
            Dispatcher.Of(false), // maximize
            Dispatcher.Of(false), // the first step, whose momenta are the gradients; ours are 0 then, which gives the same
            Dispatcher.Optional(null),
            Dispatcher.Optional(numbers?.Skip));
    }

    /// <inheritdoc/>
    public bool Adam(IReadOnlyList<(Tensor Values, Tensor Gradients, Tensor Averages, Tensor SquareAverages)> parameters, long step, double learningRate, StepNumbers? numbers)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var count = full(Array.Empty<long>(), (float)step, float32, parameters[0].Values.device);
        Dispatcher.Call(
            "aten::_fused_adam_",
            "",
            Dispatcher.Of([.. parameters.Select(p => p.Values)]),
            Dispatcher.Of([.. parameters.Select(p => p.Gradients)]),
            Dispatcher.Of([.. parameters.Select(p => p.Averages)]),
            Dispatcher.Of([.. parameters.Select(p => p.SquareAverages)]),
            Dispatcher.Of((IReadOnlyCollection<Tensor>)[]),
            Dispatcher.Of([.. parameters.Select(_ => count)]),
            Dispatcher.Of(learningRate),
            Dispatcher.Of(Beta1),
            Dispatcher.Of(Beta2),
            Dispatcher.Of(0.0), // weight decay
            Dispatcher.Of(Epsilon),
            Dispatcher.Of(false), // AMSGrad
            Dispatcher.Of(false), // maximize
            Dispatcher.Optional(null),
            Dispatcher.Optional(numbers?.Skip));
        return true;
    }
}
