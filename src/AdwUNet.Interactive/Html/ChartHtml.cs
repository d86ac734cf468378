using System.Security.Cryptography;
using System.Text;
using Newtonsoft.Json;
using Plotly.NET;

namespace AdwUNet.Interactive;

/// <summary>A Plotly chart as HTML that draws itself wherever it lands.</summary>
/// <remarks>
/// A page may already hold plotly.js (an exported page does, so that it works without network); else the first chart loads it
/// once, from the notebook server where the kernel has put it there, from Plotly's own server otherwise, and the others wait for it.
/// plotly.js itself (4 MB) is never part of an output.
/// </remarks>
internal static class ChartHtml
{
    /// <summary>The version of plotly.js that Plotly.NET is written for.</summary>
    public const string PlotlyUrl = "https://cdn.plot.ly/" + PlotlyFile;

    private const string PlotlyFile = "plotly-" + Globals.PLOTLYJS_VERSION + ".min.js";

    private const int KeyLength = 12;

    /// <summary>The chart as a figure, which has all that it needs.</summary>
    public static HtmlFigure ToFigure(GenericChart chart) => new(Body(chart), ChartText.Body(chart), Captions.Of(chart));

    public static string Render(GenericChart chart) => Markup.Figure(Body(chart), Captions.Of(chart));

    private static string Body(GenericChart chart)
    {
        var layout = GenericChart.getLayout(chart);
        var height = layout.Properties.GetValueOrDefault("height") is int pixels ? pixels : Theme.Height;
        var data = Json(GenericChart.getTraces(chart));
        var layoutJson = Json(layout);
        var config = Json(GenericChart.getConfig(chart));
        var caption = Captions.Of(chart);
        var served = ServedScript.AddressOf(PlotlyFile) is { } address ? Json(address) : "null";

        // From the content, so that the same chart gives the same HTML on every run.
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(data + layoutJson)))[..KeyLength];
        return $"""
            <div data-plotly-chart="{key}" role="img" aria-label="{Markup.Escape(caption ?? ChartText.Title(chart) ?? "chart")}" style="width:100%;height:{height}px"></div>
            <script type="text/javascript">
            ({Script})("{key}",{data},{layoutJson},{config},"{PlotlyUrl}",{served});
            </script>
            """;
    }

    // Inside a script element "<" could end it; in JSON it only occurs in strings, where this means the same.
    private static string Json(object value) => JsonConvert
        .SerializeObject(value, Globals.JSON_CONFIG)
        .Replace("<", "\\u003c", StringComparison.Ordinal);

    // The output may be put into the page after its script ran (JupyterLab), hence the retries; where RequireJS is at work
    // (classic Jupyter), plotly.js registers with it instead of setting window.Plotly.
    private const string Script = """
        function (key, data, layout, config, url, served) {
          function color(host) { return getComputedStyle(host).color; }
          function draw(tries) {
            var hosts = document.querySelectorAll('[data-plotly-chart="' + key + '"]:not([data-drawn])');
            if (!hosts.length && tries > 0) { setTimeout(function () { draw(tries - 1); }, 100); return; }
            hosts.forEach(function (host) {
              host.setAttribute('data-drawn', '');
              layout.font = layout.font || {};
              var themed = !layout.font.color;
              if (themed && layout.paper_bgcolor) { layout.font.color = color(host); }
              window.Plotly.newPlot(host, data, layout, config);
              if (themed && window.matchMedia) {
                window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', function () {
                  setTimeout(function () { window.Plotly.relayout(host, { 'font.color': color(host) }); }, 50);
                });
              }
            });
          }
          // Where the page is that of a notebook server: Jupyter Notebook 6, then JupyterLab and Notebook 7.
          function base() {
            var lab = document.getElementById('jupyter-config-data');
            try { return document.body.getAttribute('data-base-url') || (lab && JSON.parse(lab.textContent).baseUrl); }
            catch (error) { return null; }
          }
          if (window.Plotly) { draw(50); return; }
          var start = served && base();
          var urls = start ? [start + served, url] : [url];
          var waiting = window.adwPlotlyWaiting = window.adwPlotlyWaiting || [];
          waiting.push(function () { draw(50); });
          if (waiting.length > 1) { return; }
          function loaded(plotly) {
            if (plotly) { window.Plotly = plotly; }
            waiting.splice(0).forEach(function (f) { f(); });
          }
          function failed() {
            waiting.splice(0);
            document.querySelectorAll('[data-plotly-chart]:not([data-drawn])').forEach(function (host) {
              host.textContent = 'This chart needs plotly.js, which could not be loaded from ' + url + '.';
            });
          }
          if (typeof window.define === 'function' && window.define.amd && typeof window.require === 'function') {
            window.require.config({ paths: { plotly: urls.map(function (url) { return url.replace(/\.js$/, ''); }) } });
            window.require(['plotly'], loaded, failed);
            return;
          }
          function load(number) {
            if (number === urls.length) { failed(); return; }
            var script = document.createElement('script');
            script.src = urls[number];
            script.onload = function () { loaded(); };
            script.onerror = function () { load(number + 1); };
            document.head.appendChild(script);
          }
          load(0);
        }
        """;
}
