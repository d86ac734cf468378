using AdwUNet.Architectures;

namespace AdwUNet.Tests.Architectures;

public sealed class ArchitectureFileTests : IDisposable
{
    private const string Text = "[[48, 48], [80, 80, 96], [40]]";

    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.PathOf("architecture.json");

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Presets => [.. PublishedArchitectures.All.Keys];

    [Theory]
    [MemberData(nameof(Presets))]
    public void Every_preset_comes_back(string preset)
    {
        ArchitectureFile.Save(Path, PublishedArchitectures.All[preset]);
        Assert.Equal(PublishedArchitectures.All[preset], ArchitectureFile.Load(Path));
    }

    [Theory]
    [InlineData(Text)]
    [InlineData("  [[48,48],\n   [80, 80, 96],\n   [40]]\n")]
    [InlineData("((48, 48), (80, 80, 96), (40,))")]
    [InlineData("[(48, 48), (80, 80, 96), (40,)]")]
    [InlineData("2021-10-01 12:00:00.123456: Current arch: [[48, 48], [80, 80, 96], [40]]")]
    [InlineData("2021-10-01 12:00:00.123456: Current arch: [[48, 48], [80, 80, 96], [40]] \r\n")]
    [InlineData("epoch:  120\nt: Current arch: [[48], [96], [48]]\nepoch:  121\n0.2 0.8\nt: Current arch: [[48, 48], [80, 80, 96], [40]]\nt: Train weight loss: -0.5\n")]
    [InlineData("arch_list [net] = [[np.int64(48), np.int64(48)], [80, 80, 96], [40]]")]
    public void The_text_that_the_published_code_logs_is_read(string text)
    {
        File.WriteAllText(Path, text);
        Assert.Equal(Architecture.Parse(Text), ArchitectureFile.Load(Path));
        Assert.Equal(Family.AwUNet, ArchitectureFile.Load(Path, Family.AwUNet).Family);
    }

    [Theory]
    [InlineData("[1, 2, 3]")]
    [InlineData("2021-10-01 12:00:00.123456: Current arch: [1, 2, 3] ")]
    [InlineData("Current arch: [np.int64(1), np.int64(2), np.int64(3)]")]
    public void A_logged_list_of_depths_is_an_AdU_Net(string text)
    {
        File.WriteAllText(Path, text);
        Assert.Equal(Architecture.FromDepths([1, 2, 3]), ArchitectureFile.Load(Path));
    }

    [Theory]
    [InlineData("", "No line ends with a list")]
    [InlineData("Train weight loss: -0.5", "No line ends with a list")]
    [InlineData("[[48, 48], [80", "'[[48, 48], [80'")]
    [InlineData("[[48, 48], [80]]", "2 blocks")]
    [InlineData("[[48], [], [48]]", "Block 1")]
    [InlineData("[[48], [-96], [48]]", "Block 1")]
    [InlineData("[[48], 96, [48]]", "is not an architecture")]
    [InlineData("[[48], [9.5], [48]]", "is not an architecture")]
    [InlineData("[[48], [99999999999], [48]]", "is not an architecture")]
    [InlineData("{", "is not an architecture")]
    [InlineData("{}", "'Family'")]
    [InlineData("""{"Family": "Other", "Widths": [[48], [96], [48]]}""", "'Family'")]
    [InlineData("""{"Family": "7", "Widths": [[48], [96], [48]]}""", "'Family'")]
    [InlineData("""{"Family": "AdwUNet"}""", "'Widths'")]
    [InlineData("""{"Family": "AdwUNet", "Widths": [[48], null, [48]]}""", "'Widths'")]
    [InlineData("""{"Family": "AdwUNet", "Widths": [[48], ["x"], [48]]}""", "at the field Widths[1][0]")]
    [InlineData("""{"Family": "AdwUNet", "Widths": [[48], [0], [48]]}""", "Block 1")]
    [InlineData("""{"Family": "AdUNet", "Widths": [[32], [50, 60], [32]]}""", "'Widths'")]
    [InlineData("""{"Family": "AdUNet", "Widths": []}""", "0 blocks")]
    [InlineData("""{"Family": "AdwUNet", "Architecture": "[[48], [80], [48]]", "Widths": [[48], [96], [48]]}""", "'Architecture'")]
    public void Something_else_is_refused_with_file_and_field(string text, string fault)
    {
        File.WriteAllText(Path, text);
        var error = Assert.Throws<ArchitectureException>(() => ArchitectureFile.Load(Path));
        Assert.StartsWith(Path, error.Message, StringComparison.Ordinal);
        Assert.Contains(fault, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.Contains(Path, Assert.Throws<ArchitectureException>(() => ArchitectureFile.Load(Path)).Message, StringComparison.Ordinal);
}
