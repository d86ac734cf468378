using AdwUNet.Augmentation;
using AdwUNet.Imaging;
using AdwUNet.Sampling;
using CsCheck;

namespace AdwUNet.Data.Tests.Augmentation;

public class PatchReaderTests
{
    private static readonly Gen<Shape3> Shapes =
        Gen.Select(Gen.Int[1, 9], Gen.Int[1, 9], Gen.Int[1, 9], (z, y, x) => new Shape3(z, y, x));

    private static readonly Gen<Shape3> Origins =
        Gen.Select(Gen.Int[-12, 12], Gen.Int[-12, 12], Gen.Int[-12, 12], (z, y, x) => new Shape3(z, y, x));

    [Fact]
    public void Voxels_inside_are_copied_and_the_rest_is_filled() =>
        Gen.Select(Shapes, Shapes, Origins).Sample((size, box, origin) =>
        {
            var item = FakeCase.Random(1, size, channels: 2);
            var location = new PatchLocation(item, origin);
            var image = new float[2 * box.Count];
            var labels = new short[box.Count];
            PatchReader.ReadImage(location, box, image);
            PatchReader.ReadLabels(location, box, labels);
            for (var i = 0; i < labels.Length; i++)
            {
                var z = origin.Z + (i / (box.X * box.Y));
                var y = origin.Y + (i / box.X % box.Y);
                var x = origin.X + (i % box.X);
                var inside = z >= 0 && z < size.Z && y >= 0 && y < size.Y && x >= 0 && x < size.X;
                Assert.Equal(inside ? item.Labels[size.Offset(z, y, x)] : -1, labels[i]);
                Assert.Equal(inside ? item.Image[size.Offset(z, y, x)] : 0, image[i]);
                Assert.Equal(inside ? item.Image[(int)size.Count + size.Offset(z, y, x)] : 0, image[labels.Length + i]);
            }
        });
}
