using AdwUNet.Kernel.Notebooks;

namespace AdwUNet.Kernel.Tests.Notebooks;

public sealed class ParameterTests
{
    [Theory]
    [InlineData("var a = \"x\";", "say \"hi\" \\ there", "a = \"say \\\"hi\\\" \\\\ there\";")]
    [InlineData("string a = null;", "null", "a = \"null\";")]
    [InlineData("string? a = null;", "null", "a = null;")]
    [InlineData("int? a = 3;", "4", "a = 4;")]
    [InlineData("var a = 1;", "-12", "a = -12;")]
    [InlineData("var a = -1;", "7", "a = 7;")]
    [InlineData("long a = 1;", "7", "a = 7L;")]
    [InlineData("var a = 1.5;", "2", "a = 2d;")]
    [InlineData("double a = 1;", "1e-3", "a = 0.001d;")]
    [InlineData("float a = 1;", "0.5", "a = 0.5f;")]
    [InlineData("var a = true;", "False", "a = false;")]
    [InlineData("#r \"nuget: X\"\n// why\nint b = 2, a = 1;", "9", "a = 9;")]
    public void A_value_is_written_for_the_declared_type(string declaration, string value, string expected)
    {
        using var folder = new TemporaryFolder();
        var notebook = Notebook.Load(folder.Parameterised("n.ipynb", declaration, "a"));
        Parameter.Inject(notebook, new Dictionary<string, string> { ["a"] = value });
        Assert.Equal("// Parameters\n" + expected, notebook.Cells[1].Source);
        Assert.True(notebook.Cells[1].HasTag("injected-parameters"));
    }

    [Theory]
    [InlineData("var a = 1;", "1.5", "'1.5' is not a value for the parameter 'a'")]
    [InlineData("bool a = true;", "yes", "which is of type bool")]
    [InlineData("int a = 1;", "null", "which is of type int")]
    [InlineData("var a = new Random();", "1", "cannot be set from outside")]
    [InlineData("var b = 1; string c = \"\"; const int a = 3;", "1", "no parameter 'a': it has b, c.")]
    public void A_value_or_name_that_does_not_fit_is_an_error(string declaration, string value, string message)
    {
        using var folder = new TemporaryFolder();
        var notebook = Notebook.Load(folder.Parameterised("n.ipynb", declaration, "a"));
        var error = Assert.Throws<NotebookException>(() => Parameter.Inject(notebook, new Dictionary<string, string> { ["a"] = value }));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_earlier_run_injected_is_replaced()
    {
        using var folder = new TemporaryFolder();
        var notebook = Notebook.Load(folder.Parameterised("n.ipynb", "int a = 1;", "a"));
        Parameter.Inject(notebook, new Dictionary<string, string> { ["a"] = "2" });
        notebook.Save(folder.PathOf("again.ipynb"));
        var again = Notebook.Load(folder.PathOf("again.ipynb"));
        Parameter.Inject(again, new Dictionary<string, string> { ["a"] = "3" });
        Assert.Equal(["int a = 1;", "// Parameters\na = 3;", "a"], again.Cells.Select(cell => cell.Source));
    }

    [Fact]
    public void Without_new_values_those_of_an_earlier_run_stay()
    {
        using var folder = new TemporaryFolder();
        var notebook = Notebook.Load(folder.Parameterised("n.ipynb", "int a = 1;", "a"));
        Parameter.Inject(notebook, new Dictionary<string, string> { ["a"] = "2" });
        Parameter.Inject(notebook, new Dictionary<string, string>());
        Assert.Equal(["int a = 1;", "// Parameters\na = 2;", "a"], notebook.Cells.Select(cell => cell.Source));
    }
}
