using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace AdwUNet.Interactive.Tests.Images;

/// <summary>Reads the PNG images that the library writes, checking every checksum; written from the standard, not from the writer.</summary>
internal static class PngDecoder
{
    public sealed record Image(int Width, int Height, byte ColorType, byte[] Pixels, byte[] Palette, byte[] Opacities);

    public static Image Decode(byte[] png)
    {
        Assert.Equal([137, 80, 78, 71, 13, 10, 26, 10], png[..8]);
        var (width, height) = (0, 0);
        byte colorType = 0;
        byte[] palette = [], opacities = [];
        using var data = new MemoryStream();
        var names = new List<string>();
        for (var at = 8; at < png.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            var name = Encoding.ASCII.GetString(png, at + 4, 4);
            var content = png.AsSpan(at + 8, length).ToArray();
            Assert.Equal(Crc(png.AsSpan(at + 4, length + 4)), BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at + 8 + length)));
            names.Add(name);
            at += 12 + length;
            switch (name)
            {
                case "IHDR":
                    (width, height) = (BinaryPrimitives.ReadInt32BigEndian(content), BinaryPrimitives.ReadInt32BigEndian(content.AsSpan(4)));
                    Assert.Equal(8, content[8]);
                    colorType = content[9];
                    break;
                case "PLTE": palette = content; break;
                case "tRNS": opacities = content; break;
                case "IDAT": data.Write(content); break;
            }
        }

        Assert.Equal("IHDR", names[0]);
        Assert.Equal("IEND", names[^1]);
        return new Image(width, height, colorType, Unfilter(data, width, height), palette, opacities);
    }

    private static byte[] Unfilter(MemoryStream data, int width, int height)
    {
        data.Position = 0;
        using var zlib = new ZLibStream(data, CompressionMode.Decompress);
        var pixels = new byte[width * height];
        var line = new byte[width + 1];
        for (var y = 0; y < height; y++)
        {
            zlib.ReadExactly(line);
            for (var x = 0; x < width; x++)
            {
                var left = x > 0 ? pixels[(y * width) + x - 1] : 0;
                var up = y > 0 ? pixels[((y - 1) * width) + x] : 0;
                var predicted = line[0] switch { 0 => 0, 1 => left, 2 => up, _ => throw new InvalidDataException($"filter {line[0]}") };
                pixels[(y * width) + x] = (byte)(line[x + 1] + predicted);
            }
        }

        Assert.Equal(-1, zlib.ReadByte());
        return pixels;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320u);
            }
        }

        return ~crc;
    }
}
