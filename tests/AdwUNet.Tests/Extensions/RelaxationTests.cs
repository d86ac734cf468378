using AdwUNet.Networks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Extensions;

/// <summary>What each relaxation makes of logits, and of their gradients.</summary>
public sealed class RelaxationTests
{
    private static readonly float[] Logits = [0.3f, -1.2f, 0.8f, 0.1f, 0.75f];
    private static readonly float[] Noise = [0.1f, 2.5f, -0.4f, 0.0f, 0.2f];
    private static readonly float[] Slopes = [1, -2, 3, 0.5f, -1]; // of the loss with respect to the weights

    [Fact]
    public void Straight_through_selects_one_option_and_has_the_gradient_of_the_soft_choice()
    {
        var (hard, hardGradient) = Of(new StraightThroughGumbelSoftmax(), Noise);
        var (soft, softGradient) = Of(new GumbelSoftmax(), Noise);
        Assert.Equal([0, 1, 0, 0, 0], hard); // exactly
        Assert.Equal(1, Array.IndexOf(soft, soft.Max()));
        Assert.Equal(softGradient, hardGradient);
    }

    [Fact]
    public void The_plain_softmax_has_no_noise()
    {
        var (expected, actual) = (Of(new GumbelSoftmax(), null), Of(new PlainSoftmax(), Noise));
        Assert.Equal(expected.Weights, actual.Weights);
        Assert.Equal(expected.Gradient, actual.Gradient);
        Assert.NotEqual(Of(new GumbelSoftmax(), Noise).Weights, Of(new PlainSoftmax(), Noise).Weights);
    }

    [Fact]
    public void A_low_temperature_selects_one_option()
    {
        var (weights, _) = Of(new PlainSoftmax(), null, 0.01);
        Assert.True(weights[2] > 0.99, $"{weights[2]}");
    }

    [Fact]
    public void An_own_relaxation_is_asked_for_every_choice()
    {
        using var scope = NewDisposeScope();
        var choice = new RelaxedChoice
        {
            Relaxation = new QuadraticRelaxation(),
            Temperature = 2,
            Noise = GumbelNoise.Fixed(new Dictionary<string, float[]> { ["alphas"] = Noise }),
        };
        var weights = choice.Sample("alphas", tensor(Logits)).data<float>().ToArray();
        var expected = Logits.Zip(Noise, (logit, noise) => 1 / (1 + Math.Pow((0.8 - logit - noise) / 2, 2))).ToArray();
        Assert.All(weights.Zip(expected, (weight, value) => (weight, value / expected.Sum())), pair => Assert.Equal(pair.Item2, pair.weight, 1e-6));
    }

    private static (float[] Weights, float[] Gradient) Of(Relaxation relaxation, float[]? noise, double temperature = 0.7)
    {
        using var scope = NewDisposeScope();
        var logits = new Parameter(tensor(Logits));
        var weights = relaxation.Weights(logits, noise is null ? null : tensor(noise), temperature);
        (weights * tensor(Slopes)).sum().backward();
        return (weights.detach().data<float>().ToArray(), logits.grad!.data<float>().ToArray());
    }
}
