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
    /// <param name="arguments">Further arguments of the command line.</param>
    public static async Task<Browser> StartAsync(params string[] arguments)
    {
        Assert.SkipUnless(File.Exists(Program), $"There is no {Program} (Debian has it as chromium).");
        var playwright = await Playwright.CreateAsync();
        // Chromium has no sandbox for root; the pages are our own.
        return new Browser(playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Program, Args = ["--no-sandbox", .. arguments] }));
    }

    /// <summary>An empty page.</summary>
    public Task<IPage> PageAsync(int width, int height) =>
        _browser.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = ColorScheme.Light });

    /// <summary>A visitor of his own, with nothing remembered.</summary>
    public Task<IBrowserContext> ContextAsync(int width, int height) =>
        _browser.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = ColorScheme.Light });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
