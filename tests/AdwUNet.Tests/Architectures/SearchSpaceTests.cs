using AdwUNet.Architectures;

namespace AdwUNet.Tests.Architectures;

public class SearchSpaceTests
{
    [Fact]
    public void Published_widths_double_to_the_cap_and_mirror_in_the_decoder()
    {
        Assert.Equal([48, 96, 192, 384, 384, 384, 384, 384, 192, 96, 48], SearchSpace.Published(Family.AdwUNet).BlockWidths(5));
        Assert.Equal([32, 64, 128, 256, 320, 320, 320, 256, 128, 64, 32], SearchSpace.Published(Family.AdUNet).BlockWidths(5));
    }

    [Fact]
    public void Width_options_are_thirds_to_all_and_one_where_width_is_fixed()
    {
        Assert.Equal([16, 24, 32, 40, 48], SearchSpace.Published(Family.AdwUNet).WidthOptions(48));
        Assert.Equal([48], SearchSpace.Published(Family.AdUNet).WidthOptions(48));
    }

    [Fact]
    public void Published_spaces_are_valid()
    {
        foreach (var family in Enum.GetValues<Family>())
        {
            SearchSpace.Published(family).Validate();
        }
    }

    public static TheoryData<SearchSpace, string> Invalid
    {
        get
        {
            var published = SearchSpace.Published(Family.AdwUNet);
            return new()
            {
                { published with { MaxDepth = 1 }, "MaxDepth" },
                { published with { MaxDepth = 5 }, "MaxDepth" },
                { published with { BaseWidth = 0 }, "BaseWidth" },
                { published with { MaxWidth = 24 }, "MaxWidth" },
                { published with { BaseWidth = 16 }, "multiples of 6" },
                { published with { WidthFractions = [1] }, "WidthFractions" },
                { published with { WidthFractions = [0.5, 0.25, 1] }, "WidthFractions" },
                { published with { WidthFractions = [0.5, 0.75] }, "WidthFractions" },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Invalid))]
    public void Other_spaces_are_refused(SearchSpace space, string fault) =>
        Assert.Contains(fault, Assert.Throws<ArchitectureException>(space.Validate).Message, StringComparison.Ordinal);
}
