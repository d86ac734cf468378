using static TorchSharp.torch;

namespace AdwUNet;

/// <summary>
/// libtorch's global random numbers, seeded for a while: what a unit of your own draws in its constructor (initial weights) and in a training step
/// (dropout) depends only on the run's seed and the step.
/// </summary>
internal sealed class LibtorchRandom : IDisposable
{
    private readonly Tensor _before = get_rng_state();

    private LibtorchRandom()
    {
    }

    /// <summary>Seeds until disposed; then the numbers of the CPU continue where they were.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="stream">What draws.</param>
    /// <param name="index">The step.</param>
    public static LibtorchRandom Seeded(ulong seed, string stream, long index = 0)
    {
        var random = new LibtorchRandom();
        using var generator = manual_seed(unchecked((long)new RandomSequence(seed, stream, index).NextUInt64()));
        return random;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        set_rng_state(_before);
        _before.Dispose();
    }
}
