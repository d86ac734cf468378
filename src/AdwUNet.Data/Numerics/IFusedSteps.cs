using static TorchSharp.torch;

namespace AdwUNet;

/// <summary>Steps of optimizers over all parameters at once.</summary>
internal interface IFusedSteps
{
    /// <summary>Whether it computes on parameters like this one.</summary>
    bool Serves(Tensor tensor);

    /// <summary>Scales gradients so that their common norm is at most a given one, as PyTorch's clip_grad_norm_ does.</summary>
    /// <returns>The norm before scaling, a scalar for the caller's dispose scope; not finite if its square exceeds single precision.</returns>
    Tensor Clip(IReadOnlyList<Tensor> gradients, double largest);

    /// <summary>One step of SGD with weight decay and Nesterov momentum, as PyTorch defines it. Changes weights and momenta.</summary>
    /// <param name="parameters">All of the same type.</param>
    /// <param name="learningRate">The learning rate.</param>
    /// <param name="momentum">The momentum.</param>
    /// <param name="weightDecay">The L2 penalty.</param>
    /// <param name="numbers">Where they are not finite, nothing changes; null to step in any case.</param>
    void Nesterov(
        IReadOnlyList<(Tensor Weights, Tensor Gradients, Tensor Momenta)> parameters, float learningRate, float momentum, float weightDecay, StepNumbers? numbers);

    /// <summary>One step of Adam with PyTorch's default options. Changes values and averages.</summary>
    /// <param name="parameters">All of the same type.</param>
    /// <param name="step">The number of this step, from 1.</param>
    /// <param name="learningRate">The learning rate.</param>
    /// <param name="numbers">As above.</param>
    /// <returns>False if these steps have no Adam.</returns>
    bool Adam(IReadOnlyList<(Tensor Values, Tensor Gradients, Tensor Averages, Tensor SquareAverages)> parameters, long step, double learningRate, StepNumbers? numbers);
}
