using System.Net;
using System.Text.RegularExpressions;
using AdwUNet.Kernel.Html;

namespace AdwUNet.Kernel.Tests.Html;

public sealed partial class CSharpHighlighterTests
{
    [Theory]
    [InlineData("var x = new List<int> { 1, 2 }; // done")]
    [InlineData("#r \"nuget: A, 1\"\nusing System;\n#!who\nawait F($\"a {b:0.0} <c>\");")]
    [InlineData("var raw = \"\"\"\n  <b>\n  \"\"\"; /* a\n b */ if (x")]
    [InlineData("/// <summary>x</summary>\nclass A { }\n\n")]
    public void Highlighting_does_not_change_the_text(string code) =>
        Assert.Equal(code.TrimEnd('\n'), WebUtility.HtmlDecode(Tag().Replace(CSharpHighlighter.ToHtml(code), "")));

    [Fact]
    public void Tokens_are_marked_by_kind()
    {
        var html = CSharpHighlighter.ToHtml("var x = Math.Max(1, \"s\".Length); // c");
        Assert.Equal(
            "<span class=\"k\">var</span> x = <span class=\"t\">Math</span>.<span class=\"f\">Max</span>(<span class=\"n\">1</span>, "
            + "<span class=\"s\">&quot;s&quot;</span>.Length); <span class=\"c\">// c</span>",
            html);
    }

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();
}
