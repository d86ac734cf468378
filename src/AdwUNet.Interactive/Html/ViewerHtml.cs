using System.Security.Cryptography;
using System.Text;
using Newtonsoft.Json;

namespace AdwUNet.Interactive;

/// <summary>
/// The HTML of a 3-D viewer. It contains slices; a script replaces them by NiiVue's canvas if NiiVue and WebGL 2 are available. An exported page
/// contains NiiVue's script (<c>data-script</c> holds its address), a notebook server serves it, and other front ends load it from the web.
/// </summary>
internal static class ViewerHtml
{
    private const string Version = "0.69.0";
    private const string ServedFile = "niivue-" + Version + ".umd.js";
    private const string Address = "https://cdn.jsdelivr.net/npm/@niivue/niivue@" + Version + "/dist/niivue.umd.js";
    private const int Height = 380;
    private const int KeyLength = 12;

    public static string Body(PackedVolume volume, IReadOnlyList<int> present, string slices, string name)
    {
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(volume.Image + volume.Labels + name)))[..KeyLength];
        var served = JsonConvert.SerializeObject(ServedScript.AddressOf(ServedFile));
        var overlay = volume.Labels is null ? "" : """
            <label style="margin-right:1.2em">labels <input type="range" min="0" max="1" step="0.05" value="0.6" data-opacity style="vertical-align:middle;width:8em"></label>
            """;
        return $"""
            <div data-volume-viewer="{key}" data-script="{Address}" style="font:{Theme.FontSize}px {Theme.FontFamily}">
            <div data-canvas hidden>
            <div style="position:relative;height:{Height}px;max-height:80vh;background:#000">
            <canvas role="img" aria-label="{Markup.Escape(name)} in 3-D" tabindex="0" style="display:block"></canvas></div>
            <div style="margin-top:.4em">{overlay}<label>show <select data-view>
            <option value="3">slices and 3-D</option><option value="4">3-D alone</option>
            <option value="0">axial</option><option value="1">coronal</option><option value="2">sagittal</option></select></label></div>
            <div style="opacity:.8;margin-top:.2em">Drag in a slice to move the cut. Drag the 3-D view to rotate it. Pinch or scroll in the 3-D view to zoom.</div>
            </div>
            <div data-slices>{slices}</div>
            </div>
            <script type="text/javascript">
            ({Script})("{key}",{served},"{volume.Image}",{JsonConvert.SerializeObject(volume.Labels)},{Colors(present)});
            </script>
            """;
    }

    // NiiVue's form of a table of label colours; the first entry is the background and invisible.
    private static string Colors(IReadOnlyList<int> present)
    {
        var labels = Enumerable.Range(0, present.DefaultIfEmpty(0).Max() + 1).ToList();
        var colors = labels.Select(l => Theme.Rgb(Theme.Class(l))).ToList();
        return JsonConvert.SerializeObject(new
        {
            R = colors.Select(c => (int)c.R),
            G = colors.Select(c => (int)c.G),
            B = colors.Select(c => (int)c.B),
            A = labels.Select(l => l == 0 ? 0 : 255),
            I = labels,
            labels = labels.Select(_ => ""), // names stand in the legend
        });
    }

    // As with charts: the output may be put into the page after its script ran, and RequireJS may be at work.
    private const string Script = """
        function (key, served, image, labels, colors) {
          function hosts() { return document.querySelectorAll('[data-volume-viewer="' + key + '"]:not([data-state])'); }
          function when(found, tries) {
            if (hosts().length || tries === 0) { found(); } else { setTimeout(function () { when(found, tries - 1); }, 100); }
          }
          function hasWebGL() {
            try { return !!document.createElement('canvas').getContext('webgl2'); } catch (error) { return false; }
          }
          async function draw(host) {
            host.setAttribute('data-state', 'drawing');
            var frame = host.querySelector('[data-canvas]'), slices = host.querySelector('[data-slices]');
            try {
              frame.hidden = false;
              // Four pictures in a row need less height than two by two.
              if (frame.clientWidth > 600) { frame.firstElementChild.style.height = '300px'; }
              var lib = window.niivue;
              var nv = new lib.Niivue({ logLevel: 'error', dragAndDropEnabled: false, scrollRequiresFocus: true, show3Dcrosshair: true,
                multiplanarShowRender: 1, crosshairColor: [1, 1, 1, 0.6], crosshairWidth: 0.4, crosshairWidthUnit: 'percent', isNearestInterpolation: true, isResizeCanvas: true });
              await nv.attachToCanvas(frame.querySelector('canvas'));
              nv.addVolume(await lib.NVImage.loadFromBase64({ base64: image, name: 'scan.nii.gz', colormap: 'gray', cal_min: 0, cal_max: 255 }));
              if (labels) {
                var overlay = await lib.NVImage.loadFromBase64({ base64: labels, name: 'labels.nii.gz', opacity: 0.6 });
                overlay.setColormapLabel(colors);
                nv.addVolume(overlay);
                var opacity = host.querySelector('[data-opacity]');
                opacity.oninput = function () { nv.setOpacity(1, Number(opacity.value)); };
              }
              var view = host.querySelector('[data-view]');
              view.onchange = function () { nv.setSliceType(Number(view.value)); };
              nv.setSliceType(3);
              await nv.setVolumeRenderIllumination(0.4);
              slices.hidden = true;
              host.setAttribute('data-state', 'drawn');
            } catch (error) {
              frame.hidden = true;
              slices.hidden = false;
              host.setAttribute('data-state', 'slices');
            }
          }
          function drawAll() { when(function () { hosts().forEach(draw); }, 50); }
          function keep() { when(function () { hosts().forEach(function (host) { host.setAttribute('data-state', 'slices'); }); }, 50); }
          function base() {
            var lab = document.getElementById('jupyter-config-data');
            try { return document.body.getAttribute('data-base-url') || (lab && JSON.parse(lab.textContent).baseUrl); }
            catch (error) { return null; }
          }
          function begin() {
            if (!hasWebGL()) { keep(); return; }
            if (window.niivue) { drawAll(); return; }
            var named = hosts().length ? hosts()[0].getAttribute('data-script') : '';
            var urls = (served && base() ? [base() + served] : []).concat(named ? [named] : []);
            if (!urls.length) { keep(); return; }
            var waiting = window.adwNiivueWaiting = window.adwNiivueWaiting || [];
            waiting.push({ loaded: drawAll, failed: keep });
            if (waiting.length > 1) { return; }
            function loaded(module) {
              if (module && module.Niivue) { window.niivue = module; }
              waiting.splice(0).forEach(function (one) { one.loaded(); });
            }
            function failed() { waiting.splice(0).forEach(function (one) { one.failed(); }); }
            if (typeof window.define === 'function' && window.define.amd && typeof window.require === 'function') {
              window.require.config({ paths: { niivue: urls.map(function (url) { return url.replace(/\.js$/, ''); }) } });
              window.require(['niivue'], loaded, failed);
              return;
            }
            (function load(number) {
              if (number === urls.length) { failed(); return; }
              var script = document.createElement('script');
              script.src = urls[number];
              script.onload = function () { loaded(); };
              script.onerror = function () { load(number + 1); };
              document.head.appendChild(script);
            })(0);
          }
          when(begin, 50);
        }
        """;
}
