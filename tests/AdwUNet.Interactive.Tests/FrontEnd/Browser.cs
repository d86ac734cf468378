using Microsoft.Playwright;

namespace AdwUNet.Interactive.Tests.FrontEnd;

/// <summary>Chromium as Debian has it, without a window.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private const string Program = "/usr/bin/chromium";

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Browser(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    /// <summary>Starts it, or skips the test where it is not installed.</summary>
    public static async Task<Browser> StartAsync()
    {
        Assert.SkipUnless(File.Exists(Program), $"There is no {Program} (Debian has it as chromium).");
        var playwright = await Playwright.CreateAsync();
        // Chromium has no sandbox for root; the pages are our own.
        return new Browser(playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Program, Args = ["--no-sandbox"] }));
    }

    /// <summary>An empty page.</summary>
    public Task<IPage> PageAsync(int width, int height, ColorScheme scheme = ColorScheme.Light) =>
        _browser.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = scheme });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
