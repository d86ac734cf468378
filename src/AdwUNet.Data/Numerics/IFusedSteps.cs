using static TorchSharp.torch;

namespace AdwUNet;

/// <summary>Steps over contiguous float32 tensors in the memory of the CPU.</summary>
internal interface IFusedSteps
{
    /// <summary>The Euclidean norm of all tensors together, summed in double precision.</summary>
    double Norm(IReadOnlyList<Tensor> tensors);

    /// <summary>Multiplies all values of the tensors.</summary>
    void Scale(IReadOnlyList<Tensor> tensors, float factor);

    /// <summary>One step of SGD with weight decay and Nesterov momentum, as PyTorch defines it. Changes weights and momenta.</summary>
    void Nesterov(IReadOnlyList<(Tensor Weights, Tensor Gradients, Tensor Momenta)> parameters, float learningRate, float momentum, float weightDecay);
}
