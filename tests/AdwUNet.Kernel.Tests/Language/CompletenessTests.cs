using AdwUNet.Kernel.Language;

namespace AdwUNet.Kernel.Tests.Language;

public sealed class CompletenessTests
{
    [Theory]
    [InlineData("")]
    [InlineData("1 + 1")]
    [InlineData("var a = 1;")]
    [InlineData("int Twice(int n) => 2 * n;")]
    [InlineData("await Task.Delay(1)")]
    [InlineData("for (var i = 0; i < 3; i++)\n{\n}")]
    [InlineData("#r \"nuget: Id, 1.0\"")]
    [InlineData("#!time\n1 + 1")]
    [InlineData("#!html\n<p>\n#!csharp\n1 + 1")]
    public void What_can_be_run_is_complete(string code)
    {
        Assert.Equal(CompletenessStatus.Complete, LanguageServices.IsComplete(code).Status);
    }

    [Theory]
    [InlineData("int Twice(int n)\n{", "    ")]
    [InlineData("class A\n{\n    void B()\n    {\n        if (true)\n        {", "            ")]
    [InlineData("Console.WriteLine(", "    ")]
    [InlineData("var a =", "")]
    [InlineData("var text = \"\"\"\n  more", "")]
    [InlineData("/* a comment", "")]
    [InlineData("#if true\nvar a = 1;", "")]
    [InlineData("var list = new List<int> {\n    1,", "    ")]
    public void More_must_follow_and_is_indented_as_deep_as_brackets_are_open(string code, string indent)
    {
        Assert.Equal(new Completeness(CompletenessStatus.Incomplete, indent), LanguageServices.IsComplete(code));
    }

    [Theory]
    [InlineData("int = 3;")]
    [InlineData("1 +/ 2;")]
    [InlineData("}")]
    [InlineData("#!nothing")]
    [InlineData("#r \"nuget: a b\"")]
    public void What_will_never_compile_is_invalid(string code)
    {
        Assert.Equal(CompletenessStatus.Invalid, LanguageServices.IsComplete(code).Status);
    }

    [Fact]
    public void Where_markup_ends_only_its_writer_knows()
    {
        Assert.Equal(CompletenessStatus.Unknown, LanguageServices.IsComplete("#!html\n<p>").Status);
    }
}
