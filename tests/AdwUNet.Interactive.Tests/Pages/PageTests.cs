using System.Collections.Concurrent;
using AdwUNet.Interactive.Tests.FrontEnd;
using Microsoft.Playwright;

namespace AdwUNet.Interactive.Tests.Pages;

/// <summary>Exported pages in a browser: on a desk and on a phone, light and dark, from their files and without a network.</summary>
public sealed class PageTests(SiteFixture site) : IClassFixture<SiteFixture>
{
    private const int MaxPageBytes = 5_000_000;

    // A page waits half of its visit, for the browser or for the checker.
    private const int PagesAtOnce = 2;

    [Theory]
    [InlineData(1280)]
    [InlineData(390)]
    public async Task Every_page_is_drawn_uncut_and_accessible_in_light_and_dark(int width)
    {
        Assert.NotEmpty(site.Pages);
        await using var browser = await StartAsync(webGL: true);
        var faults = new ConcurrentBag<string>();
        var atOnce = new ParallelOptions { MaxDegreeOfParallelism = PagesAtOnce, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForEachAsync(site.Pages, atOnce, async (path, _) =>
        {
            await using var visit = await PageVisit.OpenAsync(browser, path, width);
            await visit.CheckDrawnAsync();
            await visit.CheckLayoutAsync();
            foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
            {
                await visit.ShowAsync(scheme);
                await visit.CheckDrawnAsync();
                await visit.CheckChartTextAsync(scheme);
                await visit.CheckAccessibleAsync(scheme);
            }

            foreach (var fault in visit.Faults.Distinct()) faults.Add($"{Path.GetFileName(path)}, {width} pixels: {fault}");
        });

        Assert.True(faults.IsEmpty, string.Join(Environment.NewLine, faults.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Nothing_of_a_chart_is_cut_off_or_below_its_buttons_on_a_tablet()
    {
        const int width = 640;
        await using var browser = await StartAsync(webGL: false);
        var faults = new ConcurrentBag<string>();
        var atOnce = new ParallelOptions { MaxDegreeOfParallelism = PagesAtOnce, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForEachAsync(site.Pages, atOnce, async (path, _) =>
        {
            await using var visit = await PageVisit.OpenAsync(browser, path, width);
            await visit.CheckDrawnAsync();
            await visit.CheckLayoutAsync();
            foreach (var fault in visit.Faults.Distinct()) faults.Add($"{Path.GetFileName(path)}, {width} pixels: {fault}");
        });

        Assert.True(faults.IsEmpty, string.Join(Environment.NewLine, faults.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void Every_page_is_below_five_megabytes_and_each_script_exists_once()
    {
        Assert.All(site.Pages, page => Assert.InRange(new FileInfo(page).Length, 1, MaxPageBytes));
        var scripts = Directory.GetFiles(site.Folder, "*.js", SearchOption.AllDirectories).Select(Path.GetFileName).ToArray();
        Assert.Equal(scripts.Distinct(), scripts);
        if (site.IsGallery) Assert.Contains("plotly.min.js", scripts);
    }

    [Fact]
    public async Task Viewer_draws_the_scan_with_WebGL()
    {
        Assert.SkipUnless(site.IsGallery, $"{SiteFixture.Variable} names other pages.");
        Assert.SkipUnless(HasNiivue, "NiiVue's script was not fetched when the library was built.");
        await using var browser = await StartAsync(webGL: true);
        await using var visit = await PageVisit.OpenAsync(browser, Scans, 1280);
        var viewer = visit.Page.Locator("[data-volume-viewer]").First;
        Assert.Equal("drawn", await viewer.GetAttributeAsync("data-state"));
        Assert.False(await viewer.Locator("[data-slices]").IsVisibleAsync());
        Assert.True(await visit.ColorsAsync(viewer.Locator("canvas")) > 20, "the canvas is blank");

        var before = await viewer.Locator("canvas").ScreenshotAsync();
        await viewer.Locator("[data-view]").SelectOptionAsync("4");
        await viewer.Locator("[data-opacity]").FillAsync("0");
        Assert.NotEqual(before, await viewer.Locator("canvas").ScreenshotAsync());
        Assert.Empty(visit.Faults);
    }

    [Fact]
    public async Task Viewer_shows_slices_with_a_slider_without_WebGL()
    {
        Assert.SkipUnless(site.IsGallery, $"{SiteFixture.Variable} names other pages.");
        await using var browser = await StartAsync(webGL: false);
        await using var visit = await PageVisit.OpenAsync(browser, Scans, 390);
        var viewer = visit.Page.Locator("[data-volume-viewer]").First;
        Assert.Equal("slices", await viewer.GetAttributeAsync("data-state"));
        Assert.False(await viewer.Locator("canvas").IsVisibleAsync());
        Assert.False(await viewer.Locator("[data-slice='3']").IsVisibleAsync());
        await viewer.Locator("[data-slices] input[type=range]").FillAsync("3");
        Assert.True(await viewer.Locator("[data-slice='3'] img").First.IsVisibleAsync());
        Assert.Empty(visit.Faults);
    }

    private string Scans => Path.Combine(site.Folder, "scans.html");

    internal static bool HasNiivue => typeof(Viewer).Assembly.GetManifestResourceNames().Contains("niivue.umd.js");

    // Without a graphics card WebGL is computed.
    private static Task<Browser> StartAsync(bool webGL) => webGL
        ? Browser.StartAsync("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
        : Browser.StartAsync("--disable-3d-apis");
}
