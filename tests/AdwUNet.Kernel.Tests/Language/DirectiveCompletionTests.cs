using AdwUNet.Kernel.Execution;
using AdwUNet.Kernel.Language;

namespace AdwUNet.Kernel.Tests.Language;

public sealed class DirectiveCompletionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Session _session;
    private readonly LanguageServices _services;

    public DirectiveCompletionTests()
    {
        _session = new Session(_folder.Root);
        _services = new LanguageServices(_session);
        Directory.CreateDirectory(_folder.PathOf("parts/deep"));
        foreach (var file in (string[])["parts/one.csx", "parts/two.dib", "parts/three.dll", "parts/four.txt", "parts/.hidden.csx", "own.cs"])
            _folder.Write(file, "");
    }

    public void Dispose()
    {
        _services.Dispose();
        _session.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("#!wh", "#!who #!whos")]
    [InlineData("var a = 1;\n  #!ti", "#!time")]
    [InlineData("#!ls", "#!lsmagic")]
    [InlineData("#!s", "#!share #!set")]
    [InlineData("#!html\n#!m", "#!markdown #!mermaid")]
    [InlineData("#!mermaid\n#!v", "#!value")]
    [InlineData("#l", "#load #line")]
    [InlineData("#re", "#region")]
    [InlineData("#!import par", "parts/")]
    [InlineData("#!import parts/", "parts/deep/ parts/one.csx parts/two.dib")]
    [InlineData("#!import \"parts/o", "parts/one.csx")]
    [InlineData("#load \"parts/", "parts/deep/ parts/one.csx")]
    [InlineData("#load \"parts/.h", "parts/.hidden.csx")]
    [InlineData("#r \"parts/", "parts/deep/ parts/three.dll")]
    [InlineData("#r \"nowhere/", "")]
    [InlineData("#i \"", "")]
    public async Task Lines_of_the_engine_complete(string marked, string expected)
    {
        var found = await _services.Complete(marked);
        Assert.Equal(expected, string.Join(' ', found.Matches.Select(match => match.Text)));
        Assert.Equal(marked.Length, found.End);
        Assert.All(found.Matches, match => Assert.StartsWith(marked[found.Start..found.End], match.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_directive_is_offered_with_what_it_does()
    {
        var offered = (await _services.Complete("#")).Matches.Where(match => match.Kind == "magic").ToList();
        Assert.Equal(Directive.All.Select(directive => directive.Name), offered.Select(match => match.Text));
        Assert.All(offered, match => Assert.NotEmpty(match.Signature));
    }

    [Fact]
    public async Task Packages_that_were_restored_before_complete_with_their_versions()
    {
        // These tests themselves are made of packages.
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        Assert.SkipUnless(Directory.Exists(Path.Combine(packages, "markdig")), "the user's package folder is elsewhere");
        Assert.Contains("markdig", await _services.Names("#r \"nuget: markd"));
        var version = Path.GetFileName(Directory.EnumerateDirectories(Path.Combine(packages, "markdig")).First());
        Assert.Contains(version, await _services.Names("#r \"nuget: Markdig, "));
    }
}
