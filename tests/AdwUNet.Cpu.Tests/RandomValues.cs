namespace AdwUNet.Cpu.Tests;

/// <summary>Reproducible random operands.</summary>
internal static class RandomValues
{
#pragma warning disable CA5394 // test data, not secrets

    /// <summary>Small integers: products and sums of them are exact in float32, so kernels must equal their definition exactly.</summary>
    public static float[] Integers(int seed, int count, int most = 3)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)random.Next(-most, most + 1))];
    }

    /// <summary>Normally distributed values, rounded to a storage format.</summary>
    public static float[] Normal<T>(int seed, int count)
        where T : struct, IStorageFormat
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => Rounded<T>((float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))))];
    }

#pragma warning restore CA5394

    /// <summary>Rounds a value to a storage format.</summary>
    public static unsafe float Rounded<T>(float value)
        where T : struct, IStorageFormat
    {
        var place = stackalloc byte[sizeof(float)];
        T.Store(place, value);
        return VoxelMemory.Read<T>(place, 1)[0];
    }
}
