using AdwUNet.Imaging;

namespace AdwUNet.Data.Tests.Imaging;

public class ConnectedComponentsTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Components_are_those_of_a_flood_fill(bool diagonal)
    {
        var random = new Random(1);
        for (var round = 0; round < 200; round++)
        {
            var shape = new Shape3(1 + random.Next(4), 1 + random.Next(6), 1 + random.Next(8));
            var map = new LabelMap([.. Enumerable.Range(0, (int)shape.Count).Select(_ => (short)random.Next(4))], shape, new(1, 1, 1));
            int[] labels = random.Next(2) == 0 ? [1] : [1, 3];
            Assert.Equal(Flood(map, labels, diagonal), new ConnectedComponents(map, labels, diagonal).Sizes);
        }
    }

    [Theory]
    [InlineData(false, false, "110000")]
    [InlineData(false, true, "110011")]
    public void Of_equally_large_components_the_first_or_all_are_kept(bool diagonal, bool keepTies, string kept)
    {
        var map = new LabelMap([1, 1, 0, 0, 1, 1], new(1, 1, 6), new(1, 1, 1));
        new ConnectedComponents(map, [1], diagonal).RemoveAllButLargest(keepTies);
        Assert.Equal(kept, string.Concat(map.Data));
    }

    [Fact]
    public void Other_labels_stay()
    {
        var map = new LabelMap([1, 2, 1, 1, 3, 1], new(1, 1, 6), new(1, 1, 1));
        new ConnectedComponents(map, [1], diagonal: false).RemoveAllButLargest(keepTies: false);
        Assert.Equal("021130", string.Concat(map.Data));
    }

    [Fact]
    public void Labels_vote_and_the_lowest_wins_a_tie()
    {
        LabelMap Map(params short[] labels) => new(labels, new(1, 1, labels.Length), new(1, 1, 1));
        Assert.Equal([1, 0, 0, 0, 2], MajorityVote.Of([Map(1, 2, 0, 1, 2), Map(1, 0, 2, 2, 2), Map(2, 1, 1, 0, 0)]).Data);
        Assert.Equal([1, 2], MajorityVote.Of([Map(2, 2), Map(2, 1), Map(1, 0), Map(1, 2)]).Data);
        Assert.Equal([3], MajorityVote.Of([Map(3)]).Data);
        Assert.Throws<ArgumentException>(() => MajorityVote.Of([]));
        Assert.Throws<ArgumentException>(() => MajorityVote.Of([Map(1), Map(1, 1)]));
    }

    private static List<long> Flood(LabelMap map, int[] labels, bool diagonal)
    {
        var (shape, seen, sizes) = (map.Shape, new bool[map.Data.Length], new List<long>());
        for (var start = 0; start < seen.Length; start++)
        {
            var open = new Stack<int>([start]);
            var size = 0L;
            while (open.TryPop(out var at))
            {
                if (seen[at] || !labels.Contains(map.Data[at])) continue;
                (seen[at], size) = (true, size + 1);
                var (z, y, x) = (at / (shape.Y * shape.X), at / shape.X % shape.Y, at % shape.X);
                foreach (var step in Enumerable.Range(0, 27))
                {
                    var (dz, dy, dx) = ((step / 9) - 1, (step / 3 % 3) - 1, (step % 3) - 1);
                    if (!diagonal && Math.Abs(dz) + Math.Abs(dy) + Math.Abs(dx) > 1) continue;
                    var (a, b, c) = (z + dz, y + dy, x + dx);
                    if (a >= 0 && a < shape.Z && b >= 0 && b < shape.Y && c >= 0 && c < shape.X) open.Push(shape.Offset(a, b, c));
                }
            }

            if (size > 0) sizes.Add(size);
        }

        return sizes;
    }
}
