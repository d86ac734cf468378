using System.Text.Json;
using AdwUNet.Architectures;
using AdwUNet.Tests.Golden;

namespace AdwUNet.Tests.Architectures;

/// <summary>Decoding against decode.json, and where the published formula fails.</summary>
public class DecodingGoldenTests
{
    private static readonly JsonElement[] Golden =
        [.. JsonDocument.Parse(File.ReadAllText(GoldenFiles.PathOf("decode.json"))).RootElement.EnumerateArray()];

    public static TheoryData<int> Rows => [.. Enumerable.Range(0, Golden.Length)];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Decoded_architecture_equals_decode_json(int row)
    {
        var golden = Golden[row];
        var architecture = Logits(golden, SpaceOf(golden)).Decode();
        Near.Same("decode.json", "architecture", Compact(golden.GetProperty("arch").GetRawText()), Compact(architecture.ToString()));
        Assert.Equal(architecture, Architecture.Parse(golden.GetProperty("arch").GetRawText(), architecture.Family));
    }

    // The same logits over other widths choose the same options: each width is as many times larger as its stage's largest is.
    [Theory]
    [MemberData(nameof(Rows))]
    public void Decoding_of_other_bases_chooses_the_same_options_as_decode_json(int row)
    {
        var golden = Golden[row];
        var published = SpaceOf(golden);
        foreach (var (numerator, denominator) in new[] { (1, 4), (1, 2), (3, 1) })
        {
            var space = published with
            {
                BaseWidth = published.BaseWidth * numerator / denominator,
                MaxWidth = published.MaxWidth * numerator / denominator,
            };
            space.Validate();
            var scaled = Logits(golden, space).Decode();
            var expected = Logits(golden, published).Decode().Widths.Select(block => block.Select(width => width * numerator / denominator));
            Near.Same("decode.json", "widths with other bases", expected.Select(block => block.ToArray()), scaled.Widths.Select(block => block.ToArray()));
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Depth_is_told_from_width_by_name_not_by_the_number_of_logits(int maxDepth)
    {
        var space = SearchSpace.Published(Family.AdwUNet) with
        {
            BaseWidth = 30,
            MaxWidth = 90,
            MaxDepth = maxDepth,
            WidthFractions = [.. Enumerable.Range(1, maxDepth).Select(i => (i + 1.0) / (maxDepth + 1))], // as many widths as depths
        };
        var widths = space.BlockWidths(1);
        double[] rising = [.. Enumerable.Range(0, maxDepth)];
        double[] falling = [.. rising.Reverse()];
        var blocks = widths.Select((width, i) => new BlockLogits(
            $"block{i}",
            i == 0 ? rising : falling,
            [.. Enumerable.Repeat(i == 0 ? falling : rising, maxDepth)],
            [.. Enumerable.Repeat(space.WidthOptions(width), maxDepth)]));

        var architecture = new ArchitectureLogits(Family.AdwUNet, [.. blocks]).Decode();

        var narrowest = space.WidthOptions(widths[0])[0];
        Assert.Equal(Enumerable.Repeat(narrowest, maxDepth), architecture.Widths[0]);
        Assert.Equal([widths[1]], architecture.Widths[1]);
    }

    private static string Compact(string text) => text.Replace(" ", "", StringComparison.Ordinal);

    private static SearchSpace SpaceOf(JsonElement golden)
    {
        var family = golden.GetProperty("kind").GetString() switch
        {
            "adw" => Family.AdwUNet,
            "aw" => Family.AwUNet,
            _ => Family.AdUNet,
        };
        var depth = golden.GetProperty(family == Family.AwUNet ? "convs_per_stage" : "max_num_convs").GetInt32();
        return SearchSpace.Published(family) with { MaxDepth = depth };
    }

    private static ArchitectureLogits Logits(JsonElement golden, SearchSpace space)
    {
        var values = golden.GetProperty("params").EnumerateArray().ToDictionary(
            p => p.GetProperty("name").GetString()!,
            p => p.GetProperty("values").EnumerateArray().Select(v => v.GetDouble()).ToArray());
        var poolCount = golden.GetProperty("num_pool").GetInt32();
        var blocks = space.BlockWidths(poolCount).Select((width, i) =>
        {
            var name = i <= poolCount ? $"conv_blocks_context.{i}" : $"conv_blocks_localization.{i - poolCount - 1}";
            var units = Enumerable.Range(1, space.MaxDepth).ToArray();
            return new BlockLogits(
                name,
                space.AdaptsDepth ? values[$"{name}.betas"] : [],
                space.AdaptsWidth ? [.. units.Select(unit => (IReadOnlyList<double>)values[$"{name}.block{unit}.alphas"])] : [],
                [.. units.Select(_ => space.WidthOptions(width))]);
        });
        return new(space.Family, [.. blocks]);
    }
}
