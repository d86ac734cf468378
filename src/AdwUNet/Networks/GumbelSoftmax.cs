using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Networks;

/// <summary>
/// The relaxed choice of a whole supernet: softmax((logits + noise) / τ), soft, without straight-through
/// (paper section 3.2; Jang et al. 2017). All adaptive parts of a supernet share one, so that temperature and noise are set in one
/// place.
/// </summary>
public sealed class GumbelSoftmax
{
    /// <summary>The temperature τ: high mixes all options, low picks one.</summary>
    public double Temperature { get; set; } = 5;

    /// <summary>The noise of the next forward passes.</summary>
    public GumbelNoise Noise { get; set; } = GumbelNoise.None;

    /// <summary>The weights of the options, summing to 1.</summary>
    /// <param name="parameter">The logits' full parameter name, by which the noise is drawn.</param>
    /// <param name="logits">One logit per option, [n].</param>
    /// <returns>[n].</returns>
    public Tensor Sample(string parameter, Tensor logits)
    {
        using var scope = NewDisposeScope();
        using Scalar temperature = Temperature;
        var noise = Noise.Draw(parameter, checked((int)logits.numel()));
        if (noise is null)
        {
            return logits.div(temperature).softmax(0).MoveToOuterDisposeScope();
        }

        var added = tensor(noise, device: logits.device).to(logits.dtype);
        return logits.add(added, Scalars.One).div(temperature).softmax(0).MoveToOuterDisposeScope();
    }
}
