using AdwUNet.Imaging;
using AdwUNet.Sampling;
using CsCheck;

namespace AdwUNet.Data.Tests.Sampling;

public class PatchSamplerTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(5, 2)]
    [InlineData(9, 3)]
    public void The_last_third_of_a_batch_rounded_is_foreground(int batchSize, int foreground)
    {
        var sampler = new PatchSampler([FakeCase.Random(1, Shape3.Cube(8))], Shape3.Cube(4), batchSize, 0.33);
        var forced = Enumerable.Range(0, batchSize).Select(sampler.IsForeground).ToArray();
        Assert.Equal(foreground, forced.Count(f => f));
        Assert.Equal(forced.Order(), forced);
    }

    [Fact]
    public void A_foreground_patch_is_centred_on_a_voxel_of_a_class() =>
        Gen.Select(Gen.ULong, Gen.Int[9, 30], Gen.Int[9, 30], Gen.Int[9, 30]).Sample((seed, z, y, x) =>
        {
            var item = FakeCase.Random(1, new(z, y, x));
            var patch = new Shape3(6, 8, 4);
            var sampler = new PatchSampler([item], patch, 1, 1);
            var origin = sampler.Draw(0, new(seed, "test", 0)).Origin;

            // The box of classes 1 and 2 begins far enough from the border that no patch is pushed inwards.
            var clear = z / 4 >= 3 && y / 4 >= 4 && x / 4 >= 2;
            var label = item.Labels[item.Shape.Offset(
                Math.Min(origin.Z + 3, z - 1), Math.Min(origin.Y + 4, y - 1), Math.Min(origin.X + 2, x - 1))];
            Assert.True(!clear || label > 0);
            Assert.True(origin.Z >= 0 && origin.Y >= 0 && origin.X >= 0);
        });

    [Fact]
    public void All_classes_are_chosen_equally_often_however_small_they_are()
    {
        var shape = Shape3.Cube(10);
        var labels = new short[shape.Count];
        labels.AsSpan(0, 500).Fill(1);
        labels[^1] = 2;
        var sampler = new PatchSampler([new FakeCase("rare", shape, new float[shape.Count], labels)], Shape3.Cube(2), 1, 1);
        var corner = Enumerable.Range(0, 1000).Count(i => sampler.Draw(0, new(1, "rare", i)).Origin == Shape3.Cube(8));
        Assert.InRange(corner, 430, 570);
    }

    [Fact]
    public void A_case_without_classes_is_sampled_anywhere()
    {
        var shape = new Shape3(5, 6, 7);
        var sampler = new PatchSampler([new FakeCase("empty", shape, new float[shape.Count], new short[shape.Count])], Shape3.Cube(3), 1, 1);
        var origins = Enumerable.Range(0, 2000).Select(i => sampler.Draw(0, new(1, "any", i)).Origin).Distinct().ToArray();
        Assert.Equal(3 * 4 * 5, origins.Length);
    }

    [Fact]
    public void A_free_patch_stays_inside_or_is_padded_evenly() =>
        Gen.Select(Gen.ULong, Gen.Int[1, 20], Gen.Int[1, 20]).Sample((seed, size, edge) =>
        {
            var patch = Shape3.Cube(edge);
            var sampler = new PatchSampler([FakeCase.Random(1, new(size, 10, 10))], patch, 1, 0);
            var origin = sampler.Draw(0, new(seed, "free", 0)).Origin.Z;
            if (size >= edge)
            {
                Assert.InRange(origin, 0, size - edge);
            }
            else
            {
                // An odd lack may fall on either side.
                Assert.InRange(-origin, (edge - size) / 2, (edge - size + 1) / 2);
            }
        });

    [Fact]
    public void All_cases_are_drawn()
    {
        var cases = Enumerable.Range(0, 5).Select(i => FakeCase.Random(i, Shape3.Cube(8))).ToArray();
        var sampler = new PatchSampler(cases, Shape3.Cube(4), 2, 0.33);
        var drawn = Enumerable.Range(0, 200).Select(i => sampler.Draw(i % 2, new(1, "cases", i)).Case.Id).Distinct();
        Assert.Equal(5, drawn.Count());
    }
}
