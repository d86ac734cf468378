namespace AdwUNet.Tests;

/// <summary>Bytes as bad disks, broken copies and bad programs leave them.</summary>
internal static class ByteDamage
{
    private const int MostChanges = 4;
    private const int LongestPiece = 64;
    private static readonly byte[] Extremes = [0, 1, 0x7f, 0x80, 0xff];

    /// <summary>Changes a few bytes; sometimes cuts the end off, or puts a piece in or out.</summary>
    /// <param name="original">What is damaged; it stays as it is.</param>
    /// <param name="random">Decides everything.</param>
    /// <param name="within">Only so many first bytes are changed.</param>
    public static byte[] Of(byte[] original, Random random, int within = int.MaxValue)
    {
        var bytes = (byte[])original.Clone();
        within = Math.Min(within, bytes.Length);
        for (var changes = random.Next(1, MostChanges + 1); changes > 0; changes--)
        {
            bytes[random.Next(within)] = random.Next(2) == 0 ? (byte)random.Next(256) : Extremes[random.Next(Extremes.Length)];
        }

        var place = random.Next(within);
        var length = random.Next(1, LongestPiece);
        return random.Next(16) switch
        {
            0 or 1 => bytes[..random.Next(bytes.Length)],
            2 => [.. bytes[..place], .. bytes[Math.Min(bytes.Length, place + length)..]],
            3 => [.. bytes[..place], .. bytes.AsSpan(place, Math.Min(length, bytes.Length - place)), .. bytes[place..]],
            4 => [.. bytes, .. new byte[length]],
            _ => bytes,
        };
    }
}
