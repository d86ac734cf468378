using AdwUNet.Architectures;

namespace AdwUNet.Tests.Architectures;

public class ArchitectureTests
{
    [Theory]
    [InlineData("[[48, 48], [80, 80, 96], [48]]")]
    [InlineData("[[1], [2], [3], [4], [5]]")]
    public void Text_of_widths_survives_the_round_trip(string text) => Assert.Equal(text, Architecture.Parse(text).ToString());

    [Fact]
    public void Text_of_depths_survives_the_round_trip_and_gives_the_published_widths()
    {
        var architecture = Architecture.Parse("[2, 1, 3]");
        Assert.Equal(Family.AdUNet, architecture.Family);
        Assert.Equal("[2, 1, 3]", architecture.ToString());
        Assert.Equal([[32, 32], [64], [32, 32, 32]], architecture.Widths);
    }

    [Theory]
    [InlineData("", "is not an architecture")]
    [InlineData("{}", "is not an architecture")]
    [InlineData("[[48], [\"x\"], [48]]", "is not an architecture")]
    [InlineData("[[48], [96]]", "2 blocks")]
    [InlineData("[[48]]", "1 blocks")]
    [InlineData("[[48], [], [48]]", "Block 1")]
    [InlineData("[[48], [0], [48]]", "Block 1")]
    [InlineData("[2, 0, 2]", "A block of 0")]
    [InlineData("[2, -1, 2]", "A block of -1")]
    [InlineData("[1, 1]", "2 blocks")]
    public void Other_text_is_refused(string text, string fault) =>
        Assert.Contains(fault, Assert.Throws<ArchitectureException>(() => Architecture.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Equality_is_by_value()
    {
        Assert.Equal(Architecture.Parse("[[6], [12], [6]]"), Architecture.Parse("[[6],[12],[6]]"));
        Assert.NotEqual(Architecture.Parse("[[6], [12], [6]]"), Architecture.Parse("[[6], [12], [4]]"));
        Assert.NotEqual(Architecture.Parse("[[6], [12], [6]]"), Architecture.Parse("[[6], [12], [6]]", Family.AwUNet));
    }

    [Theory]
    [InlineData("[[48, 48], [80, 80, 96], [48]]")]
    [InlineData("[2, 1, 3]")]
    public void File_survives_the_round_trip(string text)
    {
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("architecture.json");
        ArchitectureFile.Save(path, Architecture.Parse(text));
        Assert.Equal(Architecture.Parse(text), ArchitectureFile.Load(path));
    }

    [Fact]
    public void File_of_depths_keeps_other_widths_than_the_published()
    {
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("architecture.json");
        var space = SearchSpace.Published(Family.AdUNet) with { BaseWidth = 4, MaxWidth = 12 };
        var architecture = Architecture.FromDepths([1, 2, 3, 1, 2, 3, 1], space);
        ArchitectureFile.Save(path, architecture);
        Assert.Equal(architecture, ArchitectureFile.Load(path));
    }

    [Fact]
    public void Missing_file_says_what_to_run() => Assert.Contains(
        "run the search", Assert.Throws<ArchitectureException>(() => ArchitectureFile.Load("none.json")).Message, StringComparison.Ordinal);
}
