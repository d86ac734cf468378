using System.Net;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AdwUNet.Kernel.Execution;
using AdwUNet.Kernel.Jupyter;

namespace AdwUNet.Kernel.Html;

/// <summary>
/// A Mermaid diagram as an output: its text, which a script replaces by the drawing if mermaid.js can be loaded. An exported page contains
/// mermaid.js, a notebook server serves it, and other front ends load it from the web. If that fails, a line below the text says so.
/// </summary>
internal static class MermaidDrawing
{
    private const int KeyLength = 12;

    private static readonly string Version =
        typeof(MermaidDrawing).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(each => each.Key == "MermaidVersion").Value!;

    /// <summary>The output of a diagram.</summary>
    public static MimeBundle Of(string text)
    {
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..KeyLength];
        var served = JsonSerializer.Serialize(ServedScripts.AddressOf($"mermaid-{Version}.min.js"));
        var html = $"""
            <div data-mermaid="{key}" data-script="https://cdn.jsdelivr.net/npm/mermaid@{Version}/dist/mermaid.min.js" style="background:#fff;color:#222;padding:.5em">
            <pre>{WebUtility.HtmlEncode(text)}</pre>
            <div data-drawing></div>
            </div>
            <script type="text/javascript">
            ({Script})("{key}",{served});
            </script>
            """;
        return MimeBundle.OfForms((MimeBundle.Html, html.ReplaceLineEndings("\n")), (MimeBundle.Plain, text));
    }

    // The page may insert the output after the script ran.
    private const string Script = """
        function (key, served) {
          function hosts() { return document.querySelectorAll('[data-mermaid="' + key + '"]:not([data-state])'); }
          function when(found, tries) {
            if (hosts().length || tries === 0) { found(); } else { setTimeout(function () { when(found, tries - 1); }, 100); }
          }
          function tell(host, words) {
            host.setAttribute('data-state', 'text');
            host.querySelector('[data-drawing]').textContent = words;
          }
          function keep() {
            hosts().forEach(function (host) { tell(host, 'This is the text of a diagram: the script that draws it, mermaid.js, could not be loaded.'); });
          }
          function drawAll() {
            window.mermaid.initialize({ startOnLoad: false, securityLevel: 'strict', suppressErrorRendering: true });
            hosts().forEach(async function (host, number) {
              host.setAttribute('data-state', 'drawing');
              try {
                var drawn = await window.mermaid.render('mermaid-' + key + '-' + Date.now() + '-' + number, host.querySelector('pre').textContent);
                host.querySelector('[data-drawing]').innerHTML = drawn.svg;
                host.querySelector('pre').hidden = true;
                host.setAttribute('data-state', 'drawn');
              } catch (error) {
                tell(host, 'mermaid.js cannot draw this: ' + error.message);
              }
            });
          }
          function base() {
            var lab = document.getElementById('jupyter-config-data');
            try { return document.body.getAttribute('data-base-url') || (lab && JSON.parse(lab.textContent).baseUrl); }
            catch (error) { return null; }
          }
          function begin() {
            if (window.mermaid && window.mermaid.render) { drawAll(); return; }
            var named = hosts().length ? hosts()[0].getAttribute('data-script') : '';
            var urls = (served && base() ? [base() + served] : []).concat(named ? [named] : []);
            var waiting = window.adwMermaidWaiting = window.adwMermaidWaiting || [];
            waiting.push({ loaded: drawAll, failed: keep });
            if (waiting.length > 1) { return; }
            (function load(number) {
              if (number === urls.length) { waiting.splice(0).forEach(function (one) { one.failed(); }); return; }
              var script = document.createElement('script');
              script.src = urls[number];
              script.onload = function () { waiting.splice(0).forEach(function (one) { one.loaded(); }); };
              script.onerror = function () { load(number + 1); };
              document.head.appendChild(script);
            })(0);
          }
          when(begin, 50);
        }
        """;
}
