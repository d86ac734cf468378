namespace AdwUNet.Phantom;

/// <summary>
/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014), keyed by seed and stream so
/// that a case's numbers depend neither on other cases nor on the order in which threads make them.
/// </summary>
internal sealed class PhantomRandom(ulong seed, ulong stream)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private ulong _state = Mix(Mix(seed + Golden) ^ (stream * 0xD1342543DE82EF95));

    /// <summary>Uniform in [0, 1).</summary>
    public double Next() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    public float Uniform(double from, double to) => (float)(from + ((to - from) * Next()));

    public int Integer(int from, int toInclusive) => from + (int)(Next() * (toInclusive - from + 1));

    public bool Coin() => Next() < 0.5;

    /// <summary>Two independent standard normal values (Box and Muller).</summary>
    public (float First, float Second) Normals()
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - Next()));
        var (sin, cos) = Math.SinCos(2 * Math.PI * Next());
        return ((float)(radius * cos), (float)(radius * sin));
    }

    private ulong NextBits() => Mix(_state += Golden);

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
