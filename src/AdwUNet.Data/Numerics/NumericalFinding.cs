using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet;

/// <summary>The first kind of tensor in a step that is not finite. The kinds are in the order of computation.</summary>
public enum NumericalFault
{
    /// <summary>The batch's image.</summary>
    Image,

    /// <summary>The weights (or their optimizer state) before the step.</summary>
    Weights,

    /// <summary>The network's output or the loss, although image and weights are finite.</summary>
    Loss,

    /// <summary>The gradient.</summary>
    Gradient,
}

/// <summary>The origin of a number that is not finite.</summary>
/// <param name="Fault">The kind of tensor.</param>
/// <param name="Where">The place within it, as the end of a sentence.</param>
internal sealed record NumericalFinding(NumericalFault Fault, string Where)
{
    /// <summary>Looks for the cause of a loss or a gradient that is not finite. Gradients of the step are lost.</summary>
    /// <param name="image">[N, C, D, H, W].</param>
    /// <param name="parameters">All parameters of the network; those that the step trains require a gradient.</param>
    /// <param name="loss">Computes the step's loss once more.</param>
    /// <param name="caseOf">The case from which a sample of the batch was taken.</param>
    public static NumericalFinding Of(
        Tensor image, IReadOnlyList<(string Name, Parameter Parameter)> parameters, Func<Tensor> loss, Func<int, string> caseOf)
    {
        using var scope = NewDisposeScope();
        if (OfImage(image, caseOf) is { } inImage)
        {
            return inImage;
        }

        if (FirstIn(parameters.Select(p => (p.Name, (Tensor)p.Parameter))) is { } weight)
        {
            return OfWeight(weight);
        }

        // Computed again, because clipping spreads a bad gradient to all others, and an architecture step keeps old gradients of the weights.
        foreach (var (_, parameter) in parameters)
        {
            parameter.grad = null;
        }

        var value = loss();
        if (!IsFinite(value))
        {
            return OfLoss;
        }

        if (value.requires_grad)
        {
            value.backward();
        }

        // The backward pass computes them from output to input.
        var gradients = parameters.Where(p => p.Parameter.grad is not null).Select(p => (p.Name, p.Parameter.grad!)).Reverse();
        return new(NumericalFault.Gradient, FirstIn(gradients) is { } bad ? $"the gradient of '{bad}'" : "the gradient, whose norm exceeds the range of double precision");
    }

    /// <summary>Looks for the cause of a loss that is not finite where nothing is trained.</summary>
    public static NumericalFinding OfForward(Tensor image, nn.Module network, Func<int, string> caseOf) =>
        OfImage(image, caseOf)
        ?? (FirstIn(network.named_parameters().Select(p => (p.name, (Tensor)p.parameter))) is { } weight ? OfWeight(weight) : OfLoss);

    /// <summary>The weights, with the name of one.</summary>
    public static NumericalFinding OfWeight(string name) => new(NumericalFault.Weights, $"the weights: '{name}'");

    private static NumericalFinding OfLoss { get; } = new(NumericalFault.Loss, "the loss: image and weights are finite, but too large for the network");

    private static NumericalFinding? OfImage(Tensor image, Func<int, string> caseOf)
    {
        if (IsFinite(image))
        {
            return null;
        }

        var sample = Enumerable.Range(0, (int)image.shape[0]).First(i => !IsFinite(image[i]));
        return new(NumericalFault.Image, $"the image: sample {sample} of the batch, from the case {caseOf(sample)}");
    }

    /// <summary>The first tensor with a value that is not finite; null if all are finite.</summary>
    public static string? FirstIn(IEnumerable<(string Name, Tensor Tensor)> tensors) =>
        tensors.Where(pair => pair.Tensor.is_floating_point() && !IsFinite(pair.Tensor)).Select(pair => pair.Name).FirstOrDefault();

    private static bool IsFinite(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        return tensor.isfinite().all().item<bool>();
    }
}
