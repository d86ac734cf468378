using System.Numerics;

namespace AdwUNet;

/// <summary>
/// A reproducible source of random numbers that belongs to one place in a run: the numbers depend on the seed, the stream's
/// name, an index and a part alone, never on what was drawn elsewhere or on how many threads draw.
/// </summary>
/// <remarks>
/// xoshiro256** (Blackman and Vigna 2021) whose state is filled by SplitMix64. Because a batch's number is all that its
/// numbers depend on, a loader continues from any batch without replaying those before it. Not safe to share between threads.
/// </remarks>
public sealed class RandomSequence
{
    private const ulong SplitMixIncrement = 0x9E3779B97F4A7C15;
    private const ulong FnvOffset = 0xCBF29CE484222325;
    private const ulong FnvPrime = 0x100000001B3;

    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;
    private double _spareNormal = double.NaN;

    /// <summary>Creates the stream.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="stream">What the numbers are for, such as <c>train</c>; other names give independent numbers.</param>
    /// <param name="index">Which of the many, such as the batch's number.</param>
    /// <param name="part">Which part of it, such as the sample within the batch.</param>
    public RandomSequence(ulong seed, string stream, long index, int part = 0)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var state = Mix(seed + SplitMixIncrement);
        state = Mix((state ^ Hash(stream)) + SplitMixIncrement);
        state = Mix((state ^ unchecked((ulong)index)) + SplitMixIncrement);
        state = Mix((state ^ unchecked((ulong)part)) + SplitMixIncrement);
        _s0 = NextSeed(ref state);
        _s1 = NextSeed(ref state);
        _s2 = NextSeed(ref state);
        _s3 = NextSeed(ref state);
    }

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64()
    {
        var result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        var shifted = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= shifted;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1), with 53 random bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A whole number of 0..<paramref name="count"/> − 1, all equally probable.</summary>
    /// <param name="count">How many there are to choose from, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is nothing to choose from.</exception>
    public int NextInt(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        var range = (ulong)count;

        // Lemire 2019: the high half of a product is uniform once the few low halves that would favour some numbers are redrawn.
        var rejected = unchecked(0UL - range) % range;
        ulong high, low;
        do
        {
            high = Math.BigMul(NextUInt64(), range, out low);
        }
        while (low < rejected);
        return (int)high;
    }

    /// <summary>Uniform between two bounds; exactly the bound when they are equal.</summary>
    /// <param name="low">The lower bound.</param>
    /// <param name="high">The upper bound.</param>
    public double Uniform(double low, double high) => low + ((high - low) * NextDouble());

    /// <summary>Normally distributed with mean 0 and standard deviation 1 (Marsaglia's polar method).</summary>
    public double NextNormal()
    {
        if (!double.IsNaN(_spareNormal))
        {
            var spare = _spareNormal;
            _spareNormal = double.NaN;
            return spare;
        }

        double u, v, square;
        do
        {
            u = (2 * NextDouble()) - 1;
            v = (2 * NextDouble()) - 1;
            square = (u * u) + (v * v);
        }
        while (square is >= 1 or 0);
        var factor = Math.Sqrt(-2 * Math.Log(square) / square);
        _spareNormal = v * factor;
        return u * factor;
    }

    /// <summary>True with the given probability; always false for 0, always true for 1.</summary>
    /// <param name="probability">Between 0 and 1.</param>
    public bool Bernoulli(double probability) => NextDouble() < probability;

    private static ulong NextSeed(ref ulong state)
    {
        state += SplitMixIncrement;
        return Mix(state);
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    private static ulong Hash(string text)
    {
        // FNV-1a: string.GetHashCode differs from process to process.
        var hash = FnvOffset;
        foreach (var character in text)
        {
            hash = (hash ^ character) * FnvPrime;
        }

        return hash;
    }
}
