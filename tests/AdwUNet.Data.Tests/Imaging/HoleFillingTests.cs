using AdwUNet.Imaging;
using AdwUNet.Planning;
using CsCheck;

namespace AdwUNet.Data.Tests.Imaging;

public class HoleFillingTests
{
    private static readonly Gen<(Shape3 Shape, bool[] Mask)> Masks =
        from shape in Gen.Select(Gen.Int[1, 6], Gen.Int[1, 6], Gen.Int[1, 8], (z, y, x) => new Shape3(z, y, x))
        from mask in Gen.Frequency((1, Gen.Const(false)), (2, Gen.Const(true))).Array[(int)shape.Count]
        select (shape, mask);

    [Fact]
    public void Fills_exactly_what_the_border_cannot_reach_through_faces() => Masks.Sample(
        sample =>
        {
            var filled = (bool[])sample.Mask.Clone();
            HoleFilling.Fill(filled, sample.Shape);
            Assert.Equal(Reference(sample.Mask, sample.Shape), filled);
        },
        iter: 500,
        threads: 1);

    /// <summary>Spreads from the border voxel by voxel until nothing changes.</summary>
    private static bool[] Reference(bool[] mask, Shape3 shape)
    {
        var reached = new bool[mask.Length];
        for (var changed = true; changed;)
        {
            changed = false;
            foreach (var (z, y, x) in Voxels(shape))
            {
                var at = shape.Offset(z, y, x);
                if (!mask[at] && !reached[at] && Neighbours(z, y, x).Any(n => !Contains(shape, n) || reached[shape.Offset(n.Z, n.Y, n.X)]))
                {
                    reached[at] = changed = true;
                }
            }
        }

        return Array.ConvertAll(reached, outside => !outside);
    }

    private static IEnumerable<(int Z, int Y, int X)> Voxels(Shape3 shape) =>
        from z in Enumerable.Range(0, shape.Z)
        from y in Enumerable.Range(0, shape.Y)
        from x in Enumerable.Range(0, shape.X)
        select (z, y, x);

    private static (int Z, int Y, int X)[] Neighbours(int z, int y, int x) =>
        [(z - 1, y, x), (z + 1, y, x), (z, y - 1, x), (z, y + 1, x), (z, y, x - 1), (z, y, x + 1)];

    private static bool Contains(Shape3 shape, (int Z, int Y, int X) n) =>
        n.Z >= 0 && n.Z < shape.Z && n.Y >= 0 && n.Y < shape.Y && n.X >= 0 && n.X < shape.X;
}
