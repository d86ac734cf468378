using System.Security.Cryptography;
using System.Text;
using Newtonsoft.Json;
using Plotly.NET;

namespace AdwUNet.Interactive;

/// <summary>A Plotly chart as HTML that draws itself in any page.</summary>
/// <remarks>
/// A page may already contain plotly.js, as exported pages do, so that they work without a network. Otherwise the first chart loads it
/// once: from the notebook server if the kernel has put it there, otherwise from Plotly's server or from a file beside the page.
/// The other charts wait for it. If all of these fail, each chart says how to get plotly.js. plotly.js itself (4 MB) is never part of an output.
/// </remarks>
internal static class ChartHtml
{
    /// <summary>The version of plotly.js that Plotly.NET is written for.</summary>
    public const string PlotlyUrl = "https://cdn.plot.ly/" + PlotlyFile;

    private const string PlotlyFile = "plotly-" + Globals.PLOTLYJS_VERSION + ".min.js";

    private const int KeyLength = 12;

    // The settings of Plotly's own Globals.JSON_CONFIG, whose initializer fails in .NET Interactive: it needs a newer FSharp.Core than the tool has.
    private static readonly JsonSerializerSettings Settings = new() { ReferenceLoopHandling = ReferenceLoopHandling.Serialize };

    private static readonly string ColorsOnLight = Json(Theme.OnLight);

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

        // A hash of the content, so that the same chart gives the same HTML in every run.
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(data + layoutJson)))[..KeyLength];
        return $"""
            <div data-plotly-chart="{key}" role="img" aria-label="{Markup.Escape(caption ?? ChartText.Title(chart) ?? "chart")}" style="width:100%;height:{height}px"></div>
            <script type="text/javascript">
            ({Script})("{key}",{data},{layoutJson},{config},{ColorsOnLight},"{PlotlyUrl}",{served});
            </script>
            """;
    }

    /// <summary>A value as JSON that may stand in a script element, where "&lt;" could end it.</summary>
    /// <param name="value">A part of a chart.</param>
    /// <param name="settings">Settings that replace those of this class; for a test.</param>
    internal static string Json(object value, JsonSerializerSettings? settings = null) => JsonConvert
        .SerializeObject(value, settings ?? Settings)
        .Replace("<", "\\u003c", StringComparison.Ordinal);

    // The output may be put into the page after its script ran (JupyterLab), hence the retries; where RequireJS is at work
    // (classic Jupyter), plotly.js registers with it instead of setting window.Plotly. The chart takes the colours of its page: light text means a
    // dark page. On a phone the title is wrapped and the legend is below the plot. Elsewhere a legend of several rows gets the height that it needs.
    private const string Script = """
        function (key, data, layout, config, light, url, served) {
          function color(host) { return getComputedStyle(host).color; }
          function isDark(host) {
            var rgb = (color(host).match(/[\d.]+/g) || [0, 0, 0]).map(Number);
            return 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2] > 127;
          }
          function copy(value, dark) {
            var text = JSON.stringify(value);
            if (!dark) { text = text.replace(/#[0-9a-f]{6}/gi, function (one) { return light[one.toUpperCase()] || one; }); }
            return JSON.parse(text);
          }
          function inLines(text, length) {
            var lines = [''];
            text.split(' ').forEach(function (word) {
              var last = lines[lines.length - 1];
              if (last && last.length + word.length >= length) { lines.push(word); } else { lines[lines.length - 1] = last ? last + ' ' + word : word; }
            });
            return lines;
          }
          function legendRows(layout, space) {
            var names = data.filter(function (trace) { return trace.name && trace.showlegend !== false; }).map(function (trace) { return trace.name; });
            if (layout.showlegend === false || names.length < 2) { return 0; }
            var longest = Math.max.apply(null, names.map(function (name) { return name.length; }));
            return Math.ceil(names.length / Math.max(1, Math.floor(space / (longest * 6.6 + 45))));
          }
          function wide(layout, width) {
            var margin = layout.margin = layout.margin || {};
            if (width <= 0 || !layout.legend || layout.legend.orientation !== 'h') { return 0; }
            var more = Math.max(0, legendRows(layout, width - (margin.l || 60) - (margin.r || 20)) - 1) * 20;
            margin.t = (margin.t || 0) + more;
            if (layout.height) { layout.height += more; }
            return more;
          }
          function narrow(layout, width) {
            var margin = layout.margin = layout.margin || {}, line = 20, more = 0;
            var space = width - (margin.l || 60) - 20;
            if (layout.title && layout.title.text) {
              var lines = inLines(layout.title.text, space / 8);
              layout.title.text = lines.join('<br>');
              margin.t = (margin.t || 0) + (lines.length - 1) * line;
              more += (lines.length - 1) * line;
            }
            var rows = legendRows(layout, space);
            if (rows > 0) {
              var below = rows * line + 15;
              margin.b = (margin.b || 0) + below;
              more += below;
              if (layout.legend && layout.legend.orientation === 'h') { margin.t -= 30; more -= 30; }
              layout.legend = Object.assign({}, layout.legend, { orientation: 'h', x: 0, xref: 'paper', xanchor: 'left', y: 0, yref: 'container', yanchor: 'bottom' });
            }
            Object.keys(layout).filter(function (key) { return /^xaxis/.test(key) && layout[key].ticktext; }).forEach(function (key) {
              var names = layout[key].ticktext, domain = layout[key].domain || [0, 1], room = space * (domain[1] - domain[0]) / names.length / 7;
              layout[key].ticktext = names.map(function (name) { return inLines(name, room).join('<br>'); });
            });
            margin.r = Math.min(margin.r || 20, 20);
            if (layout.height) { layout.height += more; }
            return more;
          }
          function show(host) {
            if (layout.meta && layout.meta.minWidth) { host.style.minWidth = layout.meta.minWidth + 'px'; }
            var dark = isDark(host), slim = host.clientWidth > 0 && host.clientWidth < 560, state = [dark, slim, color(host), slim ? 0 : Math.round(host.clientWidth / 50)].join();
            if (host.getAttribute('data-drawn') === state) { return; }
            host.setAttribute('data-drawn', state);
            var page = copy(layout, dark), options = Object.assign({}, config), height = layout.height || parseInt(host.style.height, 10);
            height += (slim ? narrow : wide)(page, host.clientWidth);
            if (slim) { options.displayModeBar = false; }
            host.style.height = height + 'px';
            page.font = page.font || {};
            if (!page.font.color && page.paper_bgcolor) { page.font.color = color(host); }
            window.Plotly.react(host, copy(data, dark), page, options);
          }
          function draw(tries) {
            var hosts = document.querySelectorAll('[data-plotly-chart="' + key + '"]:not([data-drawn])');
            if (!hosts.length && tries > 0) { setTimeout(function () { draw(tries - 1); }, 100); return; }
            hosts.forEach(function (host) {
              show(host);
              var again = function () { setTimeout(function () { if (host.isConnected) { show(host); } }, 50); };
              window.addEventListener('resize', again);
              if (window.matchMedia) { window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', again); }
            });
          }
          // The base address on a page of a notebook server: Jupyter Notebook 6, then JupyterLab and Notebook 7.
          function base() {
            var lab = document.getElementById('jupyter-config-data');
            try { return document.body.getAttribute('data-base-url') || (lab && JSON.parse(lab.textContent).baseUrl); }
            catch (error) { return null; }
          }
          if (window.Plotly) { draw(50); return; }
          var start = served && base();
          var file = url.split('/').pop();
          var urls = (start ? [start + served] : []).concat([url, file]);
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
              host.style.height = 'auto';
              host.textContent = 'This chart is not drawn, because plotly.js could not be loaded. Connect to the network and reload this page, or save ' +
                url + ' beside this page as ' + file + '.';
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
