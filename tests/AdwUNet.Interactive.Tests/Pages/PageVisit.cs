using AdwUNet.Interactive.Tests.FrontEnd;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace AdwUNet.Interactive.Tests.Pages;

/// <summary>One page in a browser, and what it did that no page should: errors and requests.</summary>
internal sealed class PageVisit : IAsyncDisposable
{
    private const float Patience = 60_000;

    private readonly IBrowserContext _context;
    private bool _checking;

    private PageVisit(IBrowserContext context, IPage page) => (_context, Page) = (context, page);

    /// <summary>The page as the browser has it.</summary>
    public IPage Page { get; }

    /// <summary>What was wrong, one sentence each.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>Opens a page from its file and waits until everything on it is drawn.</summary>
    public static async Task<PageVisit> OpenAsync(Browser browser, string path, int width)
    {
        var context = await browser.ContextAsync(width, 900);
        var visit = new PageVisit(context, await context.NewPageAsync());
        visit.Page.SetDefaultTimeout(Patience);
        visit.Page.Console += (_, message) =>
        {
            if (message.Type == "error" && !visit._checking) visit.Faults.Add($"console error: {message.Text}");
        };
        visit.Page.PageError += (_, error) => visit.Faults.Add($"script error: {error}");
        visit.Page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith("file:", StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal)
                && !request.Url.StartsWith("blob:", StringComparison.Ordinal)) visit.Faults.Add($"request: {request.Url}");
        };
        await visit.Page.GotoAsync(new Uri(path).AbsoluteUri);
        await visit.Page.WaitForFunctionAsync("""
            () => [...document.querySelectorAll('[data-plotly-chart]')].every(e => e.querySelector('svg.main-svg'))
               && [...document.querySelectorAll('[data-volume-viewer]')].every(e => ['drawn', 'slices'].includes(e.dataset.state))
            """);
        return visit;
    }

    /// <summary>Looks for charts without marks, images without pixels, and a page that is wider than its window.</summary>
    public async Task CheckDrawnAsync() => Faults.AddRange(await Page.EvaluateAsync<string[]>("""
        () => {
          const faults = [];
          for (const chart of document.querySelectorAll('[data-plotly-chart]')) {
            const box = chart.getBoundingClientRect(), marks = chart.querySelectorAll('.plot path[d], .plot image, .plot rect, .hm image').length;
            if (box.width < 150 || box.height < 100) faults.push(`a chart of ${box.width} × ${box.height} pixels`);
            if (!marks) faults.push(`a chart without marks: ${chart.getAttribute('aria-label')}`);
            for (const title of chart.querySelectorAll('.gtitle, .legendtext'))
              if (title.getBoundingClientRect().right > box.right + 1) faults.push(`a chart whose text is cut off: ${title.textContent}`);
          }
          for (const image of document.images)
            if (!image.complete || !image.naturalWidth) faults.push(`an image that is not there: ${image.alt}`);
          for (const drawing of document.querySelectorAll('svg[role=img]'))
            if (!drawing.querySelector('rect, path, line, polyline')) faults.push(`an empty drawing: ${drawing.getAttribute('aria-label')}`);
          const { scrollWidth, clientWidth } = document.documentElement;
          if (scrollWidth > clientWidth) faults.push(`the page is ${scrollWidth} pixels wide in a window of ${clientWidth}`);
          return faults;
        }
        """));

    /// <summary>
    /// Looks for what cannot be read: parts of charts outside their chart or their scroll container, text below a chart's buttons, and wide content that
    /// does not scroll.
    /// </summary>
    public async Task CheckLayoutAsync() => Faults.AddRange(await Page.EvaluateAsync<string[]>("""
        () => {
          const faults = [];
          const scrolls = element => /auto|scroll/.test(getComputedStyle(element).overflowX);
          const containerOf = element => { while (element !== document.documentElement && !scrolls(element)) element = element.parentElement; return element; };
          const overlap = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
          for (const chart of document.querySelectorAll('[data-plotly-chart]')) {
            const name = chart.getAttribute('aria-label'), box = chart.getBoundingClientRect(), container = containerOf(chart);
            const end = box.right - container.getBoundingClientRect().left + container.scrollLeft;
            if (end > container.scrollWidth + 1) faults.push(`a chart that is cut off ${Math.round(end - container.scrollWidth)} pixels before its right edge: ${name}`);
            const buttons = [...chart.querySelectorAll('.modebar-btn')].map(button => button.getBoundingClientRect()).filter(button => button.width);
            for (const text of chart.querySelectorAll('.main-svg text')) {
              const place = text.getBoundingClientRect();
              if (!place.width) continue;
              if (place.right > box.right + 1 || place.left < box.left - 1) faults.push(`a text that its chart cuts off: ${text.textContent} (${name})`);
              if (buttons.some(button => overlap(button, place))) faults.push(`a text below the buttons of its chart: ${text.textContent} (${name})`);
            }
          }
          for (const wide of document.querySelectorAll('table, svg, img, pre, canvas')) {
            if (wide.closest('[data-plotly-chart]')) continue;
            const right = wide.getBoundingClientRect().right;
            if (right > innerWidth + 1 && containerOf(wide) === document.documentElement) faults.push(`a ${wide.tagName} of which ${Math.round(right - innerWidth)} pixels are cut off`);
          }
          return faults;
        }
        """));

    /// <summary>Shows the page in light or dark, as the reader's system asks for it, and waits until every chart is drawn in it.</summary>
    public async Task ShowAsync(ColorScheme scheme)
    {
        await Page.EmulateMediaAsync(new() { ColorScheme = scheme });
        await Page.WaitForFunctionAsync(
            "dark => [...document.querySelectorAll('[data-plotly-chart]')].every(chart => (chart.dataset.drawn ?? '').startsWith(`${dark},`))",
            scheme == ColorScheme.Dark);
        await Page.WaitForTimeoutAsync(100); // what a chart does after its drawing
    }

    /// <summary>Looks for violations of WCAG 2.1, levels A and AA; in dark of its colours only, for nothing else differs.</summary>
    public async Task CheckAccessibleAsync(ColorScheme scheme)
    {
        // The checker asks for the style sheet once more, which a page from a file may not: that is no fault of the page.
        _checking = true;
        var found = await Page.RunAxe(new AxeRunOptions
        {
            ResultTypes = [ResultType.Violations], // what passed need not be written down, element by element
            RunOnly = scheme == ColorScheme.Dark ? RunOnlyOptions.Rules("color-contrast") : RunOnlyOptions.Tags("wcag2a", "wcag2aa", "wcag21a", "wcag21aa"),
        });
        _checking = false;
        foreach (var violation in found.Violations)
        {
            Faults.Add($"{scheme}: {violation.Id} ({violation.Help}): {violation.Nodes.Length} times, such as {violation.Nodes[0].Html} "
                + string.Join("; ", violation.Nodes[0].Any.Concat(violation.Nodes[0].All).Select(check => check.Message).Take(2)));
        }
    }

    /// <summary>Looks at the titles, axes, legends and labels of charts and drawings: the checker passes over text in SVG.</summary>
    public async Task CheckChartTextAsync(ColorScheme scheme) => Faults.AddRange(await Page.EvaluateAsync<string[]>("""
        scheme => {
          const faults = new Set(), least = 4.5; // WCAG 1.4.3, level AA
          const parts = color => (color.match(/[\d.]+/g) || []).map(Number);
          const light = rgb => rgb.map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
            .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
          const page = parts(getComputedStyle(document.body).backgroundColor).slice(0, 3);
          for (const chart of document.querySelectorAll('[data-plotly-chart]'))
            if (!chart.querySelector('svg.main-svg text')) faults.add(`a chart without a text: ${chart.getAttribute('aria-label')}`);
          const selectors = ['.gtitle', '.xtitle', '.ytitle', '.xtick text', '.ytick text', '.legendtext', '.bartext'].map(part => `[data-plotly-chart] ${part}`);
          for (const text of document.querySelectorAll([...selectors, 'svg[role=img] text'].join())) {
            const style = getComputedStyle(text);
            const [r, g, b, alpha = 1] = parts(style.fill);
            const share = alpha * style.fillOpacity * style.opacity;
            const shown = [r, g, b].map((c, i) => share * c + (1 - share) * page[i]);
            const [low, high] = [light(shown), light(page)].sort((one, other) => one - other);
            const contrast = (high + 0.05) / (low + 0.05);
            if (!(contrast >= least)) faults.add(`${scheme}: text of a chart with a contrast of ${contrast.toFixed(1)}: ${text.textContent}`);
          }
          return [...faults];
        }
        """, scheme.ToString()));

    /// <summary>How many different colours a part of the page shows: a canvas that draws nothing has one.</summary>
    public async Task<int> ColorsAsync(ILocator part)
    {
        var picture = Convert.ToBase64String(await part.ScreenshotAsync());
        return await Page.EvaluateAsync<int>("""
            async picture => {
              const image = new Image();
              image.src = 'data:image/png;base64,' + picture;
              await image.decode();
              const canvas = document.createElement('canvas');
              [canvas.width, canvas.height] = [image.width, image.height];
              const context = canvas.getContext('2d');
              context.drawImage(image, 0, 0);
              return new Set(new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer)).size;
            }
            """, picture);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _context.DisposeAsync();
}
