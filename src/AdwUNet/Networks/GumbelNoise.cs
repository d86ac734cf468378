using AdwUNet.Sampling;

namespace AdwUNet.Networks;

/// <summary>The source of the Gumbel noise of a supernet's forward passes.</summary>
public abstract class GumbelNoise
{
    /// <summary>No noise: softmax(logits / τ). Makes validation curves smoother.</summary>
    public static GumbelNoise None { get; } = new NoNoise();

    /// <summary>Noise drawn for one step: the same seed, step and parameter always give the same values.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="step">A number that no other forward pass of the run uses.</param>
    public static GumbelNoise Seeded(ulong seed, long step) => new SeededNoise(seed, step);

    /// <summary>Given values, by parameter name.</summary>
    public static GumbelNoise Fixed(IReadOnlyDictionary<string, float[]> values) => new FixedNoise(values);

    /// <summary>The noise to add to a parameter's logits, or null for none.</summary>
    /// <param name="parameter">The parameter's full name, such as <c>conv_blocks_context.0.block1.alphas</c>.</param>
    /// <param name="count">Number of values.</param>
    public abstract float[]? Draw(string parameter, int count);

    private sealed class NoNoise : GumbelNoise
    {
        public override float[]? Draw(string parameter, int count) => null;
    }

    private sealed class SeededNoise(ulong seed, long step) : GumbelNoise
    {
        public override float[] Draw(string parameter, int count)
        {
            var random = new RandomSequence(seed, "gumbel " + parameter, step);
            var noise = new float[count];
            for (var i = 0; i < count; i++)
            {
                // −log of a uniform sample is Exponential(1). NextDouble returns 0 but never 1, so 1 − x is never 0.
                var exponential = -Math.Log(1 - random.NextDouble());
                noise[i] = (float)-Math.Log(Math.Max(exponential, double.Epsilon));
            }

            return noise;
        }
    }

    private sealed class FixedNoise(IReadOnlyDictionary<string, float[]> values) : GumbelNoise
    {
        public override float[] Draw(string parameter, int count) =>
            values.TryGetValue(parameter, out var noise) && noise.Length == count
                ? noise
                : throw new ArgumentException($"There are no {count} values of fixed noise for {parameter}.");
    }
}
