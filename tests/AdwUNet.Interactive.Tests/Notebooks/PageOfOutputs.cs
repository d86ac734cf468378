using AdwUNet.Interactive.Tests.FrontEnd;
using Microsoft.Playwright;

namespace AdwUNet.Interactive.Tests.Notebooks;

/// <summary>The exported page of an executed notebook, open in a browser.</summary>
internal sealed class PageOfOutputs(IPage page)
{
    // As wide as a code host shows an output; what is drawn does not depend on the height.
    private const int Width = 1000;
    private const int Height = 900;
    private const int MostPngBytes = 90_000;

    /// <summary>Opens a page and waits until its charts are drawn.</summary>
    public static async Task<PageOfOutputs> OpenAsync(Browser browser, string path)
    {
        var page = await browser.PageAsync(Width, Height);
        await page.GotoAsync(new Uri(path).AbsoluteUri);
        await page.WaitForFunctionAsync("() => [...document.querySelectorAll('[data-plotly-chart]')].every(chart => chart.querySelector('svg.main-svg'))");
        return new PageOfOutputs(page);
    }

    /// <summary>What the page shows of an output: PNG, or JPEG where that is much smaller, as for scans.</summary>
    /// <param name="cell">The code cell's number among those of the page.</param>
    /// <param name="output">The output's number in the cell.</param>
    /// <param name="outputs">How many the cell has.</param>
    public async Task<(string MediaType, byte[] Bytes)> PictureAsync(int cell, int output, int outputs)
    {
        var shown = page.Locator("section.cell").Nth(cell).Locator(".outputs > *");
        Assert.Equal(outputs, await shown.CountAsync());
        var element = shown.Nth(output);
        await element.ScrollIntoViewIfNeededAsync();
        var png = await element.ScreenshotAsync(new() { Animations = ScreenshotAnimations.Disabled });
        if (png.Length <= MostPngBytes) return ("image/png", png);
        var jpeg = await element.ScreenshotAsync(new() { Animations = ScreenshotAnimations.Disabled, Type = ScreenshotType.Jpeg, Quality = 80 });
        return jpeg.Length < png.Length / 2 ? ("image/jpeg", jpeg) : ("image/png", png);
    }
}
