namespace AdwUNet.Planning;

/// <summary>
/// NumPy's legacy random generator (<c>numpy.random.RandomState</c>): the Mersenne Twister MT19937 with the very draws that NumPy
/// makes, so that splits and samples chosen by seed are the same as in Python. Not thread safe.
/// </summary>
public sealed class NumpyRandomState
{
    // Matsumoto and Nishimura's constants of MT19937.
    private const int StateLength = 624;
    private const int Shift = 397;
    private const uint MatrixA = 0x9908b0df;
    private const uint UpperMask = 0x80000000;
    private const uint LowerMask = 0x7fffffff;

    private readonly uint[] _key = new uint[StateLength];
    private int _position;

    /// <summary>Seeds as <c>RandomState(seed)</c> does for one whole number.</summary>
    /// <param name="seed">The seed, 0 to 2³² − 1.</param>
    public NumpyRandomState(uint seed)
    {
        for (var i = 0; i < StateLength; i++)
        {
            _key[i] = seed;
            seed = (1812433253u * (seed ^ (seed >> 30))) + (uint)i + 1;
        }

        _position = StateLength;
    }

    /// <summary>Seeds as <c>RandomState([a, b, ...])</c> does for an array.</summary>
    /// <param name="seeds">At least one number.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public NumpyRandomState(ReadOnlySpan<uint> seeds)
        : this(19650218u)
    {
        if (seeds.IsEmpty)
        {
            throw new ArgumentException("A seed needs at least one number.", nameof(seeds));
        }

        InitializeByArray(seeds);
    }

    /// <summary>Uniform in [0, 1) with 53 random bits, as <c>random_sample()</c>.</summary>
    public double NextDouble()
    {
        var high = NextUInt32() >> 5;
        var low = NextUInt32() >> 6;
        return ((high * 67108864.0) + low) / 9007199254740992.0;
    }

    /// <summary>Uniform whole numbers in [low, high), as <c>randint(low, high)</c>: by masking and rejecting.</summary>
    /// <param name="low">The smallest possible value.</param>
    /// <param name="high">One more than the largest possible value.</param>
    /// <exception cref="ArgumentOutOfRangeException">The interval is empty.</exception>
    public int NextInt(int low, int high)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(low, high);
        var range = (uint)((long)high - low - 1);
        return range == 0 ? low : (int)(low + NextInInterval(range));
    }

    /// <summary>Shuffles in place, as <c>shuffle(array)</c>.</summary>
    public void Shuffle<T>(Span<T> values)
    {
        for (var i = values.Length - 1; i > 0; i--)
        {
            var j = (int)NextInInterval((uint)i);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }

    /// <summary>The numbers 0 to count − 1 in random order, as <c>permutation(count)</c>.</summary>
    /// <param name="count">How many, at least 0.</param>
    public int[] Permutation(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var values = new int[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = i;
        }

        Shuffle(values.AsSpan());
        return values;
    }

    /// <summary>Different numbers of 0 to count − 1, as <c>choice(count, size, replace=False)</c>.</summary>
    /// <param name="count">How many there are to choose from.</param>
    /// <param name="size">How many are chosen, at most <paramref name="count"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are not that many.</exception>
    public int[] Choice(int count, int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, count);
        return Permutation(count)[..size];
    }

    /// <summary>The generator's next 32 bits.</summary>
    public uint NextUInt32()
    {
        if (_position == StateLength)
        {
            Generate();
        }

        var y = _key[_position++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680u;
        y ^= (y << 15) & 0xefc60000u;
        return y ^ (y >> 18);
    }

    private uint NextInInterval(uint max)
    {
        var mask = uint.MaxValue >> System.Numerics.BitOperations.LeadingZeroCount(max);
        uint value;
        do
        {
            value = NextUInt32() & mask;
        }
        while (value > max);
        return value;
    }

    private void InitializeByArray(ReadOnlySpan<uint> seeds)
    {
        var i = 1;
        var j = 0;
        for (var k = Math.Max(StateLength, seeds.Length); k > 0; k--)
        {
            _key[i] = (_key[i] ^ ((_key[i - 1] ^ (_key[i - 1] >> 30)) * 1664525u)) + seeds[j] + (uint)j;
            Advance(ref i);
            j = (j + 1) % seeds.Length;
        }

        for (var k = StateLength - 1; k > 0; k--)
        {
            _key[i] = (_key[i] ^ ((_key[i - 1] ^ (_key[i - 1] >> 30)) * 1566083941u)) - (uint)i;
            Advance(ref i);
        }

        _key[0] = UpperMask;
    }

    private void Advance(ref int i)
    {
        if (++i == StateLength)
        {
            _key[0] = _key[StateLength - 1];
            i = 1;
        }
    }

    private void Generate()
    {
        for (var i = 0; i < StateLength; i++)
        {
            var y = (_key[i] & UpperMask) | (_key[(i + 1) % StateLength] & LowerMask);
            _key[i] = _key[(i + Shift) % StateLength] ^ (y >> 1) ^ ((y & 1) == 0 ? 0 : MatrixA);
        }

        _position = 0;
    }
}
