using System.Text.Json.Serialization;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Networks;

/// <summary>How a choice among options becomes weights that have a gradient. Derive a record from it for a relaxation of your own.</summary>
[JsonConverter(typeof(MethodPartConverter<Relaxation>))]
public abstract record Relaxation : MethodPart
{
    /// <summary>The weights of the options.</summary>
    /// <param name="logits">One logit per option, [n].</param>
    /// <param name="noise">Gumbel noise, [n]; null for none.</param>
    /// <param name="temperature">The temperature τ: a high one mixes all options, a low one selects one.</param>
    /// <returns>[n], not negative. They sum to 1 in all relaxations of this library. Temporary tensors are disposed by the caller.</returns>
    public abstract Tensor Weights(Tensor logits, Tensor? noise, double temperature);
}

/// <summary>The published relaxation: softmax((logits + noise) / τ), soft (paper section 3.2; Jang et al. 2017).</summary>
public sealed record GumbelSoftmax : Relaxation
{
    /// <inheritdoc/>
    public override Tensor Weights(Tensor logits, Tensor? noise, double temperature)
    {
        using Scalar divisor = temperature;
        var perturbed = noise is null ? logits : logits.add(noise, Scalars.One);
        return perturbed.div(divisor).softmax(0);
    }
}

/// <summary>
/// The straight-through Gumbel-softmax (Jang et al. 2017, section 2.2): the forward pass selects the one option with the largest weight, and the
/// backward pass uses the gradient of <see cref="GumbelSoftmax"/>.
/// </summary>
public sealed record StraightThroughGumbelSoftmax : Relaxation
{
    /// <inheritdoc/>
    public override Tensor Weights(Tensor logits, Tensor? noise, double temperature)
    {
        var soft = new GumbelSoftmax().Weights(logits, noise, temperature);
        var hard = nn.functional.one_hot(soft.argmax(0), soft.numel()).to(soft.dtype);
        return hard.add(soft.sub(soft.detach()), Scalars.One); // exactly 0 or 1
    }
}

/// <summary>softmax(logits / τ) without noise (as in DARTS, Liu et al. 2019, with a temperature).</summary>
public sealed record PlainSoftmax : Relaxation
{
    /// <inheritdoc/>
    public override Tensor Weights(Tensor logits, Tensor? noise, double temperature) => new GumbelSoftmax().Weights(logits, null, temperature);
}

/// <summary>The relaxed choice of a whole supernet. All its searched widths and depths share one, so that temperature and noise are set in one place.</summary>
public sealed class RelaxedChoice
{
    /// <summary>How weights follow from logits.</summary>
    public Relaxation Relaxation { get; init; } = new GumbelSoftmax();

    /// <summary>The temperature τ.</summary>
    public double Temperature { get; set; } = 5;

    /// <summary>The noise of the next forward passes. That of a whole forward pass is drawn at once.</summary>
    public GumbelNoise Noise { get; set; } = GumbelNoise.None;

    /// <summary>The noise of all parameters of the supernet.</summary>
    internal JointDraw Draws { get; } = new();

    /// <summary>Checks that a search trains what its options say.</summary>
    /// <exception cref="ArgumentException">The options name another relaxation than that of the supernet.</exception>
    internal void Require(Relaxation? ofOptions)
    {
        if (Relaxation != (ofOptions ?? new GumbelSoftmax()))
        {
            throw new ArgumentException(
                $"The supernet has the relaxation {Relaxation.Name}, and the options name {(ofOptions ?? new GumbelSoftmax()).Name}; create the supernet with the relaxation of the options.");
        }
    }

    /// <summary>Draws the weights of the options.</summary>
    /// <param name="parameter">The full parameter name of the logits, which selects the noise.</param>
    /// <param name="logits">One logit per option, [n].</param>
    /// <returns>[n]. The caller disposes it.</returns>
    public Tensor Sample(string parameter, Tensor logits)
    {
        using var scope = NewDisposeScope();
        return Relaxation.Weights(logits, Draws.Of(parameter, logits, Noise, Noise.Draw), Temperature).MoveToOuterDisposeScope();
    }
}
