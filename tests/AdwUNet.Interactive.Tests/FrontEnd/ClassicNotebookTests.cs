using System.Text.Json;
using AdwUNet.Imaging;
using AdwUNet.Interactive.Tests.Notebooks;
using AdwUNet.Interactive.Tests.Pages;
using AdwUNet.Tests.Jupyter;
using Microsoft.Playwright;

namespace AdwUNet.Interactive.Tests.FrontEnd;

/// <summary>The kernel and our displays in the classic Jupyter Notebook page, in a browser that reaches nothing but this machine.</summary>
public sealed class ClassicNotebookTests(NotebookBench bench, InstalledKernel kernel) : IClassFixture<NotebookBench>, IClassFixture<InstalledKernel>
{
    private const float Patience = 60_000;
    private const int Steps = 5;

    private const int Chart = 1;
    private const int Progress = 2;
    private const int Scan = 3;
    private const int Endless = 4;
    private const int After = 5;

    private static readonly string[] Cells =
    [
        """
        #r "../artifacts/lib/AdwUNet.Data.dll"
        #r "../artifacts/lib/AdwUNet.dll"
        #r "../artifacts/lib/AdwUNet.Runs.dll"
        #r "../artifacts/lib/AdwUNet.Interactive.dll"
        #r "../artifacts/lib/Plotly.NET.dll"
        using AdwUNet.Interactive;
        var kept = 40;
        """,
        """
        Charts.Bars(["encoder", "bottleneck", "decoder"], [48, 320, 96], "channels", "Widths")
        """,
        $$"""
        using (var bar = new LiveProgress("Steps", {{Steps}}))
        using (var chart = new LiveChart<double>(values => Charts.Temperature(values, values)))
        {
            for (var step = 1; step <= {{Steps}}; step++)
            {
                // Displays change at most twice a second.
                await Task.Delay(600);
                bar.Step();
                chart.Report(1.0 / step);
                while (!System.IO.File.Exists($"seen-{step}")) await Task.Delay(20);
            }
        }
        """,
        """
        var shape = new AdwUNet.Imaging.Shape3(16, 24, 20);
        var ramp = new float[shape.Count];
        for (var i = 0; i < ramp.Length; i++) ramp[i] = i % shape.X;
        Viewer.Volume(new AdwUNet.Imaging.Volume(ramp, 1, shape, new(1, 1, 1)))
        """,
        "while (true) { }",
        "kept + 2",
    ];

    [Fact]
    public async Task Notebook_runs_is_interrupted_and_restarts_without_a_network()
    {
        var token = TestContext.Current.CancellationToken;
        var python = Python.With("notebook");
        Assert.SkipWhen(python is null, "Jupyter Notebook is not here (Debian has it as jupyter-notebook).");
        await using var browser = await Browser.StartAsync("--use-angle=swiftshader", "--enable-unsafe-swiftshader"); // without a graphics card WebGL is computed
        await File.WriteAllTextAsync(bench.Notebook("page"), Notebook(Cells), token);
        using var server = await NotebookServer.StartAsync(python!, bench.Root, kernel, token);
        var page = await browser.PageAsync(1200, 1800);
        page.SetDefaultTimeout(Patience);
        var elsewhere = new List<string>();
        await page.RouteAsync(address => !server.Owns(address), route =>
        {
            elsewhere.Add(route.Request.Url);
            return route.AbortAsync();
        });

        var notebook = new NotebookPage(page);
        await notebook.OpenAsync(server.PageOf("notebooks/page.ipynb"));
        await notebook.RunAllAsync();
        await ChartIsDrawn(notebook, Chart);
        await ProgressMovesInPlace(notebook);
        await ChartIsDrawn(notebook, Progress);
        await ScanIsDrawn(notebook);
        Assert.Empty(elsewhere);

        await EndlessCellIsInterrupted(notebook);
        await KernelIsRestarted(notebook);
        Assert.Empty(elsewhere);
    }

    private static async Task ChartIsDrawn(NotebookPage notebook, int cell)
    {
        var drawing = notebook.Output(cell).Locator(".js-plotly-plot svg.main-svg").First;
        await drawing.WaitForAsync();
        var box = await drawing.BoundingBoxAsync();
        Assert.True(box is { Width: > 300, Height: > 100 }, $"the chart is {box?.Width} × {box?.Height} pixels");
        var marks = await drawing.EvaluateAsync<int>("svg => [...svg.querySelectorAll('.plot path')].filter(path => path.getAttribute('d')).length");
        Assert.True(marks > 0, "the chart has no marks");
    }

    private static async Task ScanIsDrawn(NotebookPage notebook)
    {
        var viewer = notebook.Output(Scan).Locator("[data-volume-viewer]");
        await viewer.WaitForAsync();
        await notebook.Page.WaitForFunctionAsync("viewer => ['drawn', 'slices'].includes(viewer.dataset.state)", await viewer.ElementHandleAsync());
        Assert.Equal(PageTests.HasNiivue ? "drawn" : "slices", await viewer.GetAttributeAsync("data-state"));
        Assert.Equal(PageTests.HasNiivue, await viewer.Locator("canvas").IsVisibleAsync());
        Assert.Equal(!PageTests.HasNiivue, await viewer.Locator("[data-slices]").IsVisibleAsync());
    }

    private async Task ProgressMovesInPlace(NotebookPage notebook)
    {
        var output = notebook.Output(Progress);
        for (var step = 1; step <= Steps; step++)
        {
            await output.Locator($"progress[value='{step}']").WaitForAsync();
            Assert.Equal(1, await output.Locator("progress").CountAsync());
            Assert.False(await notebook.IsDoneAsync(Progress));
            await notebook.Page.WaitForFunctionAsync(
                "([output, points]) => output.querySelector('.js-plotly-plot')?.data?.[0].y.length === points",
                new object[] { await output.ElementHandleAsync(), step });
            await File.WriteAllTextAsync(Path.Combine(bench.Root, "notebooks", $"seen-{step}"), "");
        }

        await notebook.UntilDoneAsync(Progress);
        Assert.Contains($"{Steps} of {Steps} steps", await output.InnerTextAsync(), StringComparison.Ordinal);
    }

    private static async Task EndlessCellIsInterrupted(NotebookPage notebook)
    {
        Assert.False(await notebook.IsDoneAsync(Endless));
        await notebook.InterruptAsync();
        await notebook.UntilDoneAsync(Endless);
        Assert.Contains("stopped", await notebook.Output(Endless).InnerTextAsync(), StringComparison.Ordinal);
        await notebook.RunAsync(After);
        await notebook.UntilDoneAsync(After);
        Assert.Contains("42", await notebook.Output(After).InnerTextAsync(), StringComparison.Ordinal);
    }

    private static async Task KernelIsRestarted(NotebookPage notebook)
    {
        await notebook.RestartAsync();
        await notebook.RunAsync(After);
        await notebook.Output(After).GetByText("CS0103").First.WaitForAsync();
        await notebook.WriteAsync(After, "6 * 7 + 1");
        await notebook.RunAsync(After);
        await notebook.Output(After).GetByText("43").WaitForAsync();
        Assert.Equal(2, await notebook.ExecutionCountAsync(After));
    }

    private static string Notebook(IEnumerable<string> cells) => JsonSerializer.Serialize(new
    {
        cells = cells.Select(cell => new { cell_type = "code", execution_count = (int?)null, metadata = new { }, outputs = Array.Empty<object>(), source = cell }),
        metadata = new { kernelspec = new { display_name = ".NET (C#)", language = "C#", name = InstalledKernel.Name } },
        nbformat = 4,
        nbformat_minor = 4,
    });
}
