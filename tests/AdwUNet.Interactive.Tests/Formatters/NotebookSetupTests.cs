using AdwUNet.Imaging;
using AdwUNet.Planning;
using Microsoft.DotNet.Interactive.Formatting;
using TorchSharp;

namespace AdwUNet.Interactive.Tests.Formatters;

public class NotebookSetupTests
{
    private const string Html = "text/html";
    private const string Plain = "text/plain";

    public NotebookSetupTests() => NotebookSetup.Register();

    [Fact]
    public void Charts_and_figures_prefer_html_and_have_text()
    {
        var chart = Charts.Losses(Samples.Search(5)).WithCaption("what to see");

        Assert.Equal(Html, Formatter.GetPreferredMimeTypesFor(chart.GetType()).First());
        Assert.Contains("Plotly.react", chart.ToDisplayString(Html), StringComparison.Ordinal);
        Assert.StartsWith("Search: losses and Dice: 5 traces", chart.ToDisplayString(Plain), StringComparison.Ordinal);
        Assert.EndsWith("what to see", chart.ToDisplayString(Plain), StringComparison.Ordinal);
        Assert.Contains("<table", Tables.Plan(Samples.Plan()).ToDisplayString(Html), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_chart_has_a_text_form_with_its_values()
    {
        var text = Charts.Bars(["a", "b"], [1, 2.5], "count").ToDisplayString(Plain);

        Assert.Contains("count (bar): 2 values, 1 to 2.5, last 2.5", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensor_shows_shape_type_and_the_values_of_a_small_matrix()
    {
        using var tensor = torch.arange(6, torch.float32).reshape(2, 3);

        const string expected = "Tensor [2, 3] Float32 on cpu, min 0, max 5, mean 2.5\n  0  1  2\n  3  4  5";
        Assert.Equal(expected, tensor.ToDisplayString(Plain).ReplaceLineEndings("\n"));
        Assert.Equal($"<pre style=\"margin:.2em 0\">{expected}</pre>", tensor.ToDisplayString(Html).ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Tensors_without_a_range_are_shown_too()
    {
        using var flags = torch.tensor(new[] { true, false });
        using var empty = torch.zeros(0, 3);
        using var scalar = torch.tensor(1.5f);
        var gone = torch.zeros(1);
        gone.Dispose();

        Assert.Contains("mean 0.5", flags.ToDisplayString(Plain), StringComparison.Ordinal);
        Assert.Equal("Tensor [0, 3] Float32 on cpu, empty", empty.ToDisplayString(Plain));
        Assert.Equal("Tensor [] Float32 on cpu, value 1.5", scalar.ToDisplayString(Plain));
        Assert.Equal("Tensor: disposed", gone.ToDisplayString(Plain));
    }

    [Fact]
    public void A_volume_shows_its_slices_and_a_label_map_its_counts()
    {
        var (image, labels) = Samples.Phantom(new Shape3(4, 4, 4), new Spacing3(1, 1, 1));

        Assert.Contains("data:image/png", image.ToDisplayString(Html), StringComparison.Ordinal);
        Assert.StartsWith("Volume: 1 channel of 4×4×4 voxels, 1×1×1 mm", image.ToDisplayString(Plain), StringComparison.Ordinal);
        Assert.EndsWith("voxels per class 0: 56, 1: 4, 2: 4", labels.ToDisplayString(Plain), StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_is_a_table_with_html_first()
    {
        Assert.Equal(Html, Formatter.GetPreferredMimeTypesFor(typeof(Planning.Plan)).First());
        Assert.Contains("Task04_Hippocampus", Samples.Plan().ToDisplayString(Plain), StringComparison.Ordinal);
    }
}
