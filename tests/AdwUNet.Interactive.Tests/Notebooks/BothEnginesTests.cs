using System.Diagnostics;
using System.Text.Json.Nodes;
using AdwUNet.Interactive.Tests.FrontEnd;
using AdwUNet.Tests.Jupyter;
using Plotly.NET;

namespace AdwUNet.Interactive.Tests.Notebooks;

/// <summary>
/// Every notebook, with the solutions of its exercises, in <c>adw</c> and in .NET Interactive, both as Jupyter kernels. Takes minutes, so <c>.ci/engines</c> runs it, by <c>-explicit only</c>.
/// </summary>
public sealed class BothEnginesTests(EngineRuns runs) : IClassFixture<EngineRuns>
{
    // Twice that of 15 seconds on two cores: shared caches and hyper-threads slow down a busy machine. Time on the clock would tell even less.
    private static readonly TimeSpan MostProcessorTime = TimeSpan.FromSeconds(60);

    public static TheoryData<string> Notebooks => NotebookTextTests.Notebooks;

    [Theory(Explicit = true)]
    [MemberData(nameof(Notebooks))]
    public async Task Notebook_and_solutions_run_in_adw_without_errors_or_warnings(string notebook)
    {
        NeedsNbconvert();
        var run = await runs.InAdw(notebook);
        TestContext.Current.SendDiagnosticMessage($"{notebook} in adw: {run.Duration}");
        Check(run);
    }

    [Theory(Explicit = true)]
    [MemberData(nameof(Notebooks))]
    public async Task Notebook_and_solutions_run_in_dotnet_interactive_with_outputs_of_the_same_kinds(string notebook)
    {
        NeedsNbconvert();
        Assert.SkipWhen(DotNetInteractive.Program is null, DotNetInteractive.Missing);
        var run = await runs.InDotNetInteractive(notebook);
        TestContext.Current.SendDiagnosticMessage($"{notebook} in .NET Interactive: {run.Duration}");
        Check(run);
        Assert.Equal((await runs.InAdw(notebook)).Kinds(), run.Kinds());
    }

    [Fact(Explicit = true)]
    public async Task Installed_dotnet_interactive_has_the_version_in_the_readme()
    {
        Assert.SkipWhen(DotNetInteractive.Program is null, DotNetInteractive.Missing);
        using var process = Process.Start(new ProcessStartInfo(DotNetInteractive.Program, ["--version"]) { RedirectStandardOutput = true })!;
        var version = (await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Split('+')[0].Trim();
        var readme = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"), TestContext.Current.CancellationToken);
        Assert.Contains($"`Microsoft.dotnet-interactive` {version} ", readme, StringComparison.Ordinal);
    }

    [Theory(Explicit = true)]
    [InlineData("01-preprocess.ipynb")]
    [InlineData("02-search.ipynb")]
    [InlineData("learn-gumbel-softmax.ipynb")]
    public async Task Offline_page_of_nbconvert_names_plotly_js_and_draws_charts_once_it_is_beside_the_page(string notebook)
    {
        NeedsNbconvert();
        Assert.SkipWhen(DotNetInteractive.Program is null, DotNetInteractive.Missing);
        await using var browser = await Browser.StartAsync();
        var path = await runs.Nbconvert.ToPageAsync((await runs.InDotNetInteractive(notebook)).Path);
        var page = await browser.PageAsync(1000, 900);
        await page.RouteAsync(address => !address.StartsWith("file:", StringComparison.Ordinal), route => route.AbortAsync());

        await page.GotoAsync(new Uri(path).AbsoluteUri);
        var charts = page.Locator("[data-plotly-chart]");
        Assert.True(await charts.CountAsync() > 0, "the page has no charts");
        var file = Path.GetFileName(ChartHtml.PlotlyUrl);
        await page.WaitForFunctionAsync("() => [...document.querySelectorAll('[data-plotly-chart]')].every(chart => chart.innerText)");
        Assert.All(await charts.AllInnerTextsAsync(), text => Assert.Equal(
            "This chart is not drawn, because plotly.js could not be loaded. Connect to the network and reload this page, or save "
            + $"{ChartHtml.PlotlyUrl} beside this page as {file}.", text));
        Assert.True((await charts.First.BoundingBoxAsync())!.Height < 100, "the sentence leaves the place of the chart empty");

        await using (var script = typeof(GenericChart).Assembly.GetManifestResourceStream($"Plotly.NET.{file}")!)
        await using (var beside = File.Create(Path.Combine(Path.GetDirectoryName(path)!, file)))
        {
            await script.CopyToAsync(beside, TestContext.Current.CancellationToken);
        }

        await page.ReloadAsync();
        await page.WaitForFunctionAsync("() => [...document.querySelectorAll('[data-plotly-chart]')].every(chart => chart.querySelector('svg.main-svg'))");
    }

    private static void NeedsNbconvert() => Assert.SkipWhen(Nbconvert.Interpreter is null, Nbconvert.Missing);

    private static void Check(EngineRun run)
    {
        Assert.All(run.Cells, cell => Assert.NotNull(cell["execution_count"]));
        var outputs = run.Cells.SelectMany(EngineRun.Outputs).ToList();
        Assert.NotEmpty(outputs);
        foreach (var output in outputs)
        {
            Assert.False((string?)output["output_type"] == "error" || (string?)output["name"] == "stderr", output.ToString());
            if (output["data"] is not JsonObject data) continue;
            Assert.True(data.ContainsKey("text/plain"), "an output has no plain text");
            // Live displays end with their last state.
            var html = EngineRun.Html(output);
            if (html.Contains("<progress", StringComparison.Ordinal)) Assert.Contains(", took ", html, StringComparison.Ordinal);
        }

        Assert.InRange(run.ProcessorTime, TimeSpan.Zero, MostProcessorTime);
    }
}
