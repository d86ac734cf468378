using System.Buffers.Binary;
using System.IO.Compression;

namespace AdwUNet.Interactive;

/// <summary>Writes small PNG images (ISO/IEC 15948): grey ones, and coloured ones with a palette and transparency.</summary>
internal static class Png
{
    private const byte ColorTypeGrey = 0;
    private const byte ColorTypePalette = 3;
    private const byte FilterNone = 0;
    private const byte FilterSub = 1;
    private const byte FilterUp = 2;
    private const byte BitDepth = 8;

    private static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];
    private static readonly uint[] CrcTable = MakeCrcTable();

    /// <summary>A grey image.</summary>
    /// <param name="pixels">0 = black .. 255 = white, row by row from the top.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    public static byte[] Grey(byte[] pixels, int width, int height) => Write(pixels, width, height, ColorTypeGrey, [], [], predict: true);

    /// <summary>An image whose pixels are indices into a palette.</summary>
    /// <param name="pixels">Indices, row by row from the top.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="palette">At most 256 colours with opacity (255 = opaque).</param>
    public static byte[] Indexed(byte[] pixels, int width, int height, IReadOnlyList<(byte R, byte G, byte B, byte A)> palette) => Write(
        pixels, width, height, ColorTypePalette, palette.SelectMany(c => new[] { c.R, c.G, c.B }).ToArray(), palette.Select(c => c.A).ToArray(), predict: false);

    private static byte[] Write(byte[] pixels, int width, int height, byte colorType, byte[] palette, byte[] opacities, bool predict)
    {
        if (pixels.Length != width * height)
        {
            throw new ArgumentException($"{pixels.Length} pixels are not {width}×{height}.", nameof(pixels));
        }

        using var png = new MemoryStream();
        png.Write(Signature);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = BitDepth;
        header[9] = colorType;
        Chunk(png, "IHDR"u8, header);
        if (palette.Length > 0) Chunk(png, "PLTE"u8, palette);
        if (opacities.Length > 0) Chunk(png, "tRNS"u8, opacities);
        Chunk(png, "IDAT"u8, Compress(pixels, width, height, predict));
        Chunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static byte[] Compress(byte[] pixels, int width, int height, bool predict)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.SmallestSize))
        {
            var line = new byte[width + 1];
            var best = new byte[width + 1];
            for (var y = 0; y < height; y++)
            {
                var smallest = int.MaxValue;
                foreach (var filter in predict ? [FilterNone, FilterSub, FilterUp] : new[] { FilterNone })
                {
                    var size = Filter(pixels, width, y, filter, line);
                    if (size >= smallest) continue;
                    smallest = size;
                    (line, best) = (best, line);
                }

                zlib.Write(best);
            }
        }

        return compressed.ToArray();
    }

    // Writes one filtered line and gives the sum of absolute differences, the usual guess at how well it compresses.
    private static int Filter(byte[] pixels, int width, int y, byte filter, byte[] line)
    {
        line[0] = filter;
        var sum = 0;
        for (var x = 0; x < width; x++)
        {
            var predicted = filter switch
            {
                FilterSub => x > 0 ? pixels[(y * width) + x - 1] : (byte)0,
                FilterUp => y > 0 ? pixels[((y - 1) * width) + x] : (byte)0,
                _ => (byte)0,
            };
            var value = unchecked((byte)(pixels[(y * width) + x] - predicted));
            line[x + 1] = value;
            sum += Math.Abs((int)(sbyte)value);
        }

        return sum;
    }

    private static void Chunk(MemoryStream png, ReadOnlySpan<byte> type, byte[] data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(type);
        png.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(data, Crc(type, uint.MaxValue)));
        png.Write(number);
    }

    private static uint Crc(ReadOnlySpan<byte> bytes, uint crc)
    {
        foreach (var value in bytes)
        {
            crc = CrcTable[(crc ^ value) & 0xFF] ^ (crc >> 8);
        }

        return crc;
    }

    private static uint[] MakeCrcTable()
    {
        const uint polynomial = 0xEDB88320;
        return Enumerable.Range(0, 256).Select(n =>
        {
            var value = (uint)n;
            for (var bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? polynomial ^ (value >> 1) : value >> 1;
            }

            return value;
        }).ToArray();
    }
}
