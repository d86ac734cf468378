using System.Text.RegularExpressions;

namespace AdwUNet.Kernel.Html;

/// <summary>
/// The scripts that outputs call for, kept once for all pages of a site. An output names a script by its address on the
/// web, in a <c>script</c> element or, if it loads the script by itself, in a <c>data-script</c> attribute; where a loaded library carries
/// that script as a resource (charting libraries do), a copy of it takes its place.
/// </summary>
internal sealed partial class ScriptAssets(string folder)
{
    private const string AssetsFolder = "assets";

    // Chart libraries of notebooks may ask for their script through require.js, if there is one: this is enough of it.
    private const string RequireStandIn =
        "<script>window.require=window.require||Object.assign(function(names,then){then&&then.apply(null,names.map(function(n)"
        + "{return window[n]||window[n.charAt(0).toUpperCase()+n.slice(1)]}))},{config:function(){return window.require},undef:function(){}});</script>\n";

    private readonly Dictionary<string, string?> _found = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Adds a file of ours.</summary>
    /// <returns>Its address relative to the pages.</returns>
    public string AddText(string name, string text)
    {
        WholeFile.Write(Path.Combine(folder, AssetsFolder, name), text);
        return AssetsFolder + "/" + name;
    }

    /// <summary>Replaces addresses of scripts on the web by those of copies, and tells what the page's head must load first.</summary>
    public (string Body, string Head) Localise(string body)
    {
        var plotly = UsesPlotly(body) ? Find("plotly.min.js") : null;
        body = WebScript().Replace(body, match =>
        {
            var local = Find(match.Groups["file"].Value);
            // What the head loads for the whole page is not loaded again.
            return local is null ? match.Value : local == plotly ? "" : $"<script src=\"{local}\"></script>";
        });
        // A script that an output loads by itself when it draws; without a copy it is told that there is none.
        body = NamedScript().Replace(body, match => Find(match.Groups["file"].Value) is { } local
            ? $"data-script=\"{local}\"" : $"data-script=\"\" data-script-missing=\"{match.Groups["file"].Value}\"");
        var head = plotly is null ? "" : $"<script src=\"{plotly}\" charset=\"utf-8\"></script>\n";
        if (Script().Matches(body).Any(match => match.Groups["code"].ValueSpan.Contains("require(", StringComparison.Ordinal)))
            head += RequireStandIn;
        return (body, head);
    }

    /// <summary>What a page needs and does not have.</summary>
    public IEnumerable<string> Missing(string page, string name)
    {
        foreach (var address in WebReference().Matches(page).Select(match => match.Groups["address"].Value).Distinct())
            yield return $"The page {name} needs the network for {address}.";
        foreach (var file in MissingScript().Matches(page).Select(match => match.Groups["file"].Value).Distinct())
            yield return $"The page {name} shows less without {file}, which no loaded library carries.";
        if (UsesPlotly(page) && Find("plotly.min.js") is null)
            yield return $"The page {name} has charts that need plotly.js, which no loaded library carries.";
    }

    /// <summary>Whether a script of the markup draws with plotly.js; prose that speaks of it does not.</summary>
    public static bool UsesPlotly(string markup) =>
        Script().Matches(markup).Any(match => PlotlyCall().IsMatch(match.Groups["code"].ValueSpan));

    /// <summary>The local copy of a script, whatever its version, or null.</summary>
    private string? Find(string file)
    {
        var plain = CarriedScript.PlainName(file);
        if (!_found.TryGetValue(plain, out var address))
            _found[plain] = address = Copy(plain);
        return address;
    }

    private string? Copy(string plain)
    {
        if (CarriedScript.Find(plain) is not { } script)
            return null;
        script.WriteTo(Path.Combine(folder, AssetsFolder, plain));
        return AssetsFolder + "/" + plain;
    }

    [GeneratedRegex("""<script\b[^>]*\bsrc\s*=\s*["'](?:https?:)?//[^"']*?/(?<file>[^"'/?#]+\.js)[^"']*["'][^>]*>\s*</script>""", RegexOptions.IgnoreCase)]
    private static partial Regex WebScript();

    [GeneratedRegex("""\bdata-script\s*=\s*["'](?:https?:)?//[^"']*?/(?<file>[^"'/?#]+\.js)["']""", RegexOptions.IgnoreCase)]
    private static partial Regex NamedScript();

    [GeneratedRegex("""\bdata-script-missing="(?<file>[^"]*)""")]
    private static partial Regex MissingScript();

    [GeneratedRegex("""<(?:script|img|iframe|link|source|video|audio|embed|object)\b[^>]*?\b(?:src|href|data)\s*=\s*["']?(?<address>(?:https?:)?//[^"'\s>]+)""", RegexOptions.IgnoreCase)]
    private static partial Regex WebReference();

    [GeneratedRegex("""<script\b[^>]*>(?<code>.*?)</script>""", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Script();

    [GeneratedRegex(@"\bPlotly\s*\.\s*[a-z]\w*\s*\(|require\(\s*\[\s*['""]plotly")]
    private static partial Regex PlotlyCall();
}
