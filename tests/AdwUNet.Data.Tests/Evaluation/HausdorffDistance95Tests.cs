using AdwUNet.Evaluation;
using AdwUNet.Imaging;
using CsCheck;

namespace AdwUNet.Data.Tests.Evaluation;

public class HausdorffDistance95Tests
{
    private static readonly Gen<Shape3> Shapes = Gen.Select(Gen.Int[1, 5], Gen.Int[1, 6], Gen.Int[1, 7], (z, y, x) => new Shape3(z, y, x));

    private static readonly Gen<Spacing3> Spacings =
        Gen.Select(Gen.Double[0.3, 5], Gen.Double[0.3, 2], Gen.Double[0.3, 2], (z, y, x) => new Spacing3(z, y, x));

    private static readonly Gen<(LabelMap One, LabelMap Other)> Pairs =
        from shape in Shapes
        from spacing in Spacings
        from density in Gen.Int[1, 9]
        from one in Mask(shape, density)
        from other in Mask(shape, density)
        select (new LabelMap(one, shape, spacing), new LabelMap(other, shape, spacing));

    [Fact]
    public void Equals_brute_force_over_surface_voxels() => Pairs.Sample(
        (one, other) =>
        {
            var (expected, actual) = (BruteForce(one, other), HausdorffDistance95.Of(one, other, 1));
            Assert.Equal(expected is null, actual is null);
            Assert.Equal(expected ?? 0, actual ?? 0, 1e-9);
            Assert.Equal(actual, HausdorffDistance95.Of(other, one, 1));
        },
        iter: 1000);

    [Fact]
    public void The_distance_transform_equals_brute_force() => Pairs.Sample(
        (one, _) =>
        {
            var marked = Array.ConvertAll(one.Data, label => label == 1);
            var squared = DistanceTransform.Squared(marked, one.Shape, one.Spacing);
            var all = Enumerable.Range(0, marked.Length).ToArray();
            foreach (var voxel in all)
            {
                var nearest = all.Where(other => marked[other]).Select(other => Distance(one, voxel, other)).DefaultIfEmpty(double.PositiveInfinity).Min();
                Assert.Equal(nearest, Math.Sqrt(squared[voxel]), 1e-9);
            }
        },
        iter: 300);

    [Fact]
    public void Is_zero_for_identical_masks() => Pairs.Sample((one, _) =>
        Assert.Equal(one.Data.Contains((short)1) ? 0.0 : null, HausdorffDistance95.Of(one, one, 1)));

    [Fact]
    public void Is_measured_in_millimetres_of_the_reference()
    {
        LabelMap One(int z) => new([.. Enumerable.Range(0, 8).Select(i => (short)(i == z ? 2 : 0))], new Shape3(8, 1, 1), new Spacing3(2.5, 1, 1));
        Assert.Equal(12.5, HausdorffDistance95.Of(One(1), One(6), 2));
    }

    [Fact]
    public void Interpolates_between_the_ranks_as_numpy_does()
    {
        // Reference: voxel 0. Prediction: voxels 0 to 2, all of them surface. Distances 0 | 0, 1, 2; rank 0.95 × 3 = 2.85.
        var shape = new Shape3(1, 1, 3);
        var prediction = new LabelMap([1, 1, 1], shape, new Spacing3(1, 1, 1));
        var reference = new LabelMap([1, 0, 0], shape, new Spacing3(1, 1, 1));
        Assert.Equal(1.85, HausdorffDistance95.Of(prediction, reference, 1)!.Value, 1e-12);
    }

    [Fact]
    public void Is_null_where_either_map_lacks_the_class()
    {
        var shape = new Shape3(1, 1, 2);
        var with = new LabelMap([0, 1], shape, new Spacing3(1, 1, 1));
        var without = new LabelMap([0, 0], shape, new Spacing3(1, 1, 1));
        Assert.Null(HausdorffDistance95.Of(with, without, 1));
        Assert.Null(HausdorffDistance95.Of(without, with, 1));
        Assert.Null(HausdorffDistance95.Of(without, without, 1));
    }

    [Fact]
    public void Refuses_maps_of_different_shapes() => Assert.Throws<EvaluationException>(() => HausdorffDistance95.Of(
        new LabelMap([1], Shape3.Cube(1), new Spacing3(1, 1, 1)), new LabelMap([1, 1], new Shape3(1, 1, 2), new Spacing3(1, 1, 1)), 1));

    private static Gen<short[]> Mask(Shape3 shape, int density) =>
        Gen.Int[0, 9].Select(value => (short)(value < density ? 1 : 0)).Array[(int)shape.Count];

    private static double? BruteForce(LabelMap one, LabelMap other)
    {
        var (a, b) = (SurfaceVoxels(one), SurfaceVoxels(other));
        if (a.Length == 0 || b.Length == 0)
            return null;

        double[] distances =
        [
            .. a.Select(voxel => b.Min(target => Distance(one, voxel, target))),
            .. b.Select(voxel => a.Min(target => Distance(one, voxel, target))),
        ];
        Array.Sort(distances);
        var rank = 0.95 * (distances.Length - 1);
        var low = (int)rank;
        var high = Math.Min(low + 1, distances.Length - 1);
        return (distances[low] * (1 - (rank - low))) + (distances[high] * (rank - low));
    }

    private static int[] SurfaceVoxels(LabelMap map)
    {
        var set = Enumerable.Range(0, map.Data.Length).Where(voxel => map.Data[voxel] == 1).Select(voxel => Index(map.Shape, voxel)).ToHashSet();
        (int, int, int)[] steps = [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)];
        return
        [
            .. Enumerable.Range(0, map.Data.Length).Where(voxel =>
            {
                var (z, y, x) = Index(map.Shape, voxel);
                return set.Contains((z, y, x)) && !steps.All(step => set.Contains((z + step.Item1, y + step.Item2, x + step.Item3)));
            }),
        ];
    }

    private static (int Z, int Y, int X) Index(Shape3 shape, int voxel) =>
        (voxel / (shape.Y * shape.X), voxel / shape.X % shape.Y, voxel % shape.X);

    private static double Distance(LabelMap map, int from, int to)
    {
        var (a, b) = (Index(map.Shape, from), Index(map.Shape, to));
        var (z, y, x) = ((a.Z - b.Z) * map.Spacing.Z, (a.Y - b.Y) * map.Spacing.Y, (a.X - b.X) * map.Spacing.X);
        return Math.Sqrt((z * z) + (y * y) + (x * x));
    }
}
