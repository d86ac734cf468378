using CsCheck;

namespace AdwUNet.Interactive.Tests.Images;

public class PngTests
{
    [Fact]
    public void Grey_image_survives_a_round_trip() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 20]).SelectMany(size => Gen.Byte.Array[size.Item1 * size.Item2].Select(pixels => (size, pixels)))
            .Sample(image =>
            {
                var ((width, height), pixels) = image;
                var decoded = PngDecoder.Decode(Png.Grey(pixels, width, height));
                return (decoded.Width, decoded.Height, decoded.ColorType) == (width, height, 0) && decoded.Pixels.SequenceEqual(pixels);
            }, iter: 200);

    [Fact]
    public void A_palette_image_keeps_indices_colours_and_opacities()
    {
        var decoded = PngDecoder.Decode(Png.Indexed([0, 1, 2, 1, 0, 2], 3, 2, [(0, 0, 0, 0), (1, 2, 3, 90), (250, 251, 252, 255)]));

        Assert.Equal([0, 1, 2, 1, 0, 2], decoded.Pixels);
        Assert.Equal([0, 0, 0, 1, 2, 3, 250, 251, 252], decoded.Palette);
        Assert.Equal([0, 90, 255], decoded.Opacities);
        Assert.Equal(3, decoded.ColorType);
    }

    [Fact]
    public void A_smooth_image_becomes_much_smaller()
    {
        const int edge = 200;
        var pixels = Enumerable.Range(0, edge * edge).Select(i => (byte)((i % edge) + (i / edge))).ToArray();

        Assert.True(Png.Grey(pixels, edge, edge).Length < edge * edge / 20);
    }

    [Fact]
    public void Wrong_number_of_pixels_is_rejected() => Assert.Throws<ArgumentException>(() => Png.Grey([1, 2, 3], 2, 2));
}
