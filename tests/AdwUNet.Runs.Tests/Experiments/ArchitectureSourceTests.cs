using AdwUNet.Architectures;
using AdwUNet.Experiments;

namespace AdwUNet.Runs.Tests.Experiments;

public class ArchitectureSourceTests
{
    private const int Draws = 3000;
    private const int Pools = 2;
    private static readonly SearchSpace Small = SearchSpace.Published(Family.AdwUNet) with { BaseWidth = 12, MaxWidth = 24 };

    [Fact]
    public void A_random_architecture_takes_every_depth_and_every_width_equally_often()
    {
        var draws = Enumerable.Range(0, Draws).Select(seed => Small.Draw(Pools, (ulong)seed)).ToList();
        for (var block = 0; block < (2 * Pools) + 1; block++)
        {
            AssertUniform([1, 2, 3], draws.Select(a => a.Widths[block].Count));
            AssertUniform(Small.WidthOptions(Small.BlockWidths(Pools)[block]), draws.SelectMany(a => a.Widths[block]));
        }

        // Decisions of different blocks are independent: all pairs of depths are equally frequent.
        AssertUniform([.. Enumerable.Range(0, 9)], draws.Select(a => ((a.Widths[0].Count - 1) * 3) + a.Widths[1].Count - 1));
    }

    [Theory]
    [InlineData(Family.AdwUNet)]
    [InlineData(Family.AwUNet)]
    [InlineData(Family.AdUNet)]
    public void A_random_architecture_is_in_the_space_and_depends_on_the_seed_alone(Family family)
    {
        var space = SearchSpace.Published(family);
        var drawn = space.Draw(Pools, 7);
        Assert.Equal(drawn, space.Draw(Pools, 7));
        Assert.NotEqual(drawn, space.Draw(Pools, 8));
        Assert.Equal((family, Pools), (drawn.Family, drawn.PoolCount));
        foreach (var (widths, largest) in drawn.Widths.Zip(space.BlockWidths(Pools)))
        {
            Assert.InRange(widths.Count, space.AdaptsDepth ? 1 : space.MaxDepth, space.MaxDepth);
            Assert.Subset(space.WidthOptions(largest).ToHashSet(), widths.ToHashSet());
        }
    }

    [Fact]
    public void The_manual_network_has_the_scale_of_the_space()
    {
        Assert.Equal(PublishedArchitectures.NnUNet(Pools), ArchitectureSource.Manual.Of(SearchSpace.Published(Family.AdwUNet), Pools, 1));
        Assert.Equal("[[8, 8], [16, 16], [32, 32], [16, 16], [8, 8]]", ArchitectureSource.Manual.Of(Profile.Quick.Space(Family.AwUNet), Pools, 1)!.ToString());
        Assert.Equal(
            ArchitectureSource.Manual.Of(Profile.Quick.Space(Family.AwUNet), Pools, 1), ArchitectureSource.Manual.Of(Profile.Quick.Space(Family.AdUNet), Pools, 1));
        Assert.Equal(ArchitectureSource.Manual, ArchitectureSource.Scaled(1, 1));
        Assert.Equal("[[12], [24], [48], [24], [12]]", ArchitectureSource.Scaled(0.5, 1.5).Of(Profile.Quick.Space(Family.AwUNet), Pools, 1)!.ToString());
        Assert.Equal("manual, depth × 0.5, width × 1.5", ArchitectureSource.Scaled(0.5, 1.5).ToString());
    }

    [Fact]
    public void A_given_architecture_is_a_source_of_itself_and_a_search_gives_none_before()
    {
        ArchitectureSource source = PublishedArchitectures.HeartAdw;
        Assert.Equal(PublishedArchitectures.HeartAdw, source.Of(Small, Pools, 1));
        Assert.Equal(source, ArchitectureSource.From(PublishedArchitectures.HeartAdw));
        Assert.Null(ArchitectureSource.Search.Of(Small, Pools, 1));
    }

    // Pearson's chi-squared with k − 1 degrees of freedom, far beyond its mean k − 1 (standard deviation √(2(k − 1))).
    private static void AssertUniform(IReadOnlyList<int> options, IEnumerable<int> found)
    {
        var counts = found.CountBy(value => value).ToDictionary();
        Assert.Equal(options.Order(), counts.Keys.Order());
        var expected = counts.Values.Sum() / (double)options.Count;
        var statistic = counts.Values.Sum(count => (count - expected) * (count - expected) / expected);
        var freedom = options.Count - 1;
        Assert.InRange(statistic, 0, freedom + (5 * Math.Sqrt(2.0 * freedom)));
    }
}
