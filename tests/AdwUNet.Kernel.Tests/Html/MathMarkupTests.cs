using System.Xml.Linq;
using AdwUNet.Kernel.Html;
using CsCheck;

namespace AdwUNet.Kernel.Tests.Html;

public sealed class MathMarkupTests
{
    [Theory]
    [InlineData("x_i^2", "<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>")]
    [InlineData("\\frac{1}{n+1}", "<mfrac><mrow><mn>1</mn></mrow><mrow><mi>n</mi><mo>+</mo><mn>1</mn></mrow></mfrac>")]
    [InlineData("a < 3.5", "<mi>a</mi><mo>&lt;</mo><mn>3.5</mn>")]
    [InlineData("\\sqrt\\tau", "<msqrt><mi>τ</mi></msqrt>")]
    [InlineData("\\text{a < b}", "<mtext>a &lt; b</mtext>")]
    [InlineData("\\mathbb{R}", "<mi mathvariant=\"normal\">ℝ</mi>")]
    [InlineData("\\unknown", "<mi>unknown</mi>")]
    public void Formulas_become_MathML(string latex, string expected) =>
        Assert.Contains($"<mrow>{expected}</mrow></math>", MathMarkup.FromLatex(latex, isBlock: false), StringComparison.Ordinal);

    [Fact]
    public void Limits_are_set_below_and_above_only_in_displayed_formulas()
    {
        Assert.Contains("<munderover>", MathMarkup.FromLatex("\\sum_{i=1}^N x_i", isBlock: true), StringComparison.Ordinal);
        Assert.Contains("<msubsup>", MathMarkup.FromLatex("\\sum_{i=1}^N x_i", isBlock: false), StringComparison.Ordinal);
    }

    [Fact]
    public void Any_input_gives_well_formed_markup()
    {
        string[] pieces = ["\\frac", "{", "}", "_", "^", "x", "12", "&", "\\\\", "\\begin{cases}", "\\end{cases}", "\\left(", "\\right.", "'", "<", "\"",
            "\\hat", "\\mathbf", "\\sqrt", " ", "\\", "\\text"];
        Gen.Int[0, pieces.Length - 1].Select(i => pieces[i]).Array[0, 25].Sample(parts =>
        {
            XElement.Parse(MathMarkup.FromLatex(string.Concat(parts), isBlock: true));
        });
    }
}
