using AdwUNet.Interactive.Tests.Html;

namespace AdwUNet.Interactive.Tests;

public class TablesTests
{
    private sealed record Row(string CaseName, double Dice, double? SurfaceDistance, int[] Shape);

    [Fact]
    public void Records_become_rows_and_their_properties_columns()
    {
        var table = Tables.Of([new Row("a <b>", 0.91239, null, [1, 2]), new Row("c", double.NaN, 3, [])], "two cases");

        HtmlChecks.AssertWellFormed(table.Html);
        Assert.Equal("""
            case name  dice    surface distance  shape
            a <b>      0.9124  –                 [1, 2]
            c          –       3                 []
            """.ReplaceLineEndings(), table.Text);
        Assert.Contains("a &lt;b&gt;", table.Html, StringComparison.Ordinal);
        Assert.Contains(">two cases</figcaption>", table.Html, StringComparison.Ordinal);
        Assert.EndsWith("two cases", table.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_of_another_length_is_refused() =>
        Assert.Contains("Row 1", Assert.Throws<ChartException>(() => Tables.Html(["a"], [[1], [1, 2]])).Message, StringComparison.Ordinal);

    [Fact]
    public void A_plan_names_patch_batch_and_classes()
    {
        var table = Tables.Plan(Samples.Plan());

        HtmlChecks.AssertWellFormed(table.Html);
        Assert.Contains("128×128×128", table.Text, StringComparison.Ordinal);
        Assert.Contains("0 background, 1 anterior", table.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", table.Html, StringComparison.Ordinal);
    }
}
