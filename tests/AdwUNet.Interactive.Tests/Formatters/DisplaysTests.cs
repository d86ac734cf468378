using AdwUNet.Architectures;
using AdwUNet.Datasets;
using AdwUNet.Interactive.Tests.Html;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Runs;
using AdwUNet.Search;
using AdwUNet.Training;
using Microsoft.DotNet.Interactive.Formatting;
using TorchSharp;

namespace AdwUNet.Interactive.Tests.Formatters;

/// <summary>What a cell shows whose last value is a network, a search, a history or a folder of a run.</summary>
public class DisplaysTests
{
    private const string Html = "text/html";
    private const string Plain = "text/plain";

    public DisplaysTests() => NotebookSetup.Register();

    private static SearchSpace Space { get; } = SearchSpace.Published(Family.AdwUNet) with { BaseWidth = 6, MaxWidth = 12, MaxDepth = 2 };

    [Fact]
    public void An_architecture_is_drawn_and_its_text_names_every_block()
    {
        var architecture = Architecture.Parse("[[12, 10], [24], [8]]");
        var html = architecture.ToDisplayString(Html);

        HtmlChecks.AssertWellFormed(html);
        Assert.Equal(4, html.Split("<rect").Length - 1);
        Assert.Contains("bottleneck, convolution 1: 24 channels", html, StringComparison.Ordinal);
        var text = architecture.ToDisplayString(Plain);
        Assert.StartsWith("AdwUNet: 1 poolings, 4 convolutions, 8 to 24 channels", text, StringComparison.Ordinal);
        Assert.Contains("  encoder 0: 12, 10", text, StringComparison.Ordinal);
        Assert.Contains("[[12, 10], [24], [8]]", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Networks_are_drawn_and_their_table_has_every_blocks_weights()
    {
        var plan = Samples.Plan(pools: 1);
        using var supernet = new Supernet(plan, Space);
        using var derived = new DerivedUNet(plan, Architecture.Parse("[[6, 4], [12], [6]]"));
        foreach (var (network, weights) in new (object, long)[]
        {
            (supernet, supernet.parameters().Sum(p => p.numel())), (derived, derived.parameters().Sum(p => p.numel())),
        })
        {
            HtmlChecks.AssertWellFormed(network.ToDisplayString(Html));
            Assert.Contains("<svg", network.ToDisplayString(Html), StringComparison.Ordinal);
            var all = network.ToDisplayString(Plain).Split('\n').Single(line => line.StartsWith("all", StringComparison.Ordinal));
            Assert.Contains(FormattableString.Invariant($"{weights / 1e6:0.000}"), all, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void History_in_any_list_type_is_shown_as_table_and_curves()
    {
        var epochs = Samples.Search(30);
        foreach (var history in new object[] { epochs, epochs.ToList(), epochs.ToArray() })
        {
            Assert.Equal(Html, Formatter.GetPreferredMimeTypesFor(history.GetType()).First());
            var html = history.ToDisplayString(Html);
            Assert.Contains("<table", html, StringComparison.Ordinal);
            Assert.Contains("data-plotly-chart", html, StringComparison.Ordinal);
            var text = history.ToDisplayString(Plain);
            Assert.StartsWith("30 epochs of a search", text, StringComparison.Ordinal);
            Assert.Contains("\n29 ", text, StringComparison.Ordinal);
        }

        Assert.Equal("History: no epoch is done yet.", new List<SearchEpoch>().ToDisplayString(Plain));
    }

    [Fact]
    public void Run_folder_shows_its_contents()
    {
        using var temporary = new Temporary();
        var folder = new RunFolder(temporary.Path);
        Assert.Contains("not started", folder.ToDisplayString(Plain), StringComparison.Ordinal);

        File.WriteAllText(folder.File("config.json"), """{ "kind": "search" }""");
        File.WriteAllText(folder.File("history.jsonl"), "{}\n{}\n");
        var text = folder.ToDisplayString(Plain);
        Assert.Contains("search", text, StringComparison.Ordinal);
        Assert.Matches("epochs done +2", text);
        Assert.Contains(temporary.Path, folder.ToDisplayString(Html), StringComparison.Ordinal);

        File.WriteAllText(folder.File("config.json"), "{");
        Assert.Contains("damaged", folder.ToDisplayString(Plain), StringComparison.Ordinal);
    }

    [Fact]
    public void Only_small_tensors_show_their_values()
    {
        using var small = torch.tensor(new[] { 1.5f, -2 });
        using var large = torch.zeros(3, 3, 3);

        Assert.EndsWith("\n  1.5   -2", small.ToDisplayString(Plain).ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Equal("Tensor [3, 3, 3] Float32 on cpu, min 0, max 0, mean 0", large.ToDisplayString(Plain));
    }

    private sealed class Temporary : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("adwunet-display-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
