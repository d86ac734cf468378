using System.Text.RegularExpressions;

namespace AdwUNet.Kernel.Html;

/// <summary>
/// The scripts that outputs load, stored once for all pages of a site. An output names a script by its web address, in a <c>script</c> element or, if
/// it loads the script itself, in a <c>data-script</c> attribute. Where a loaded library contains the script as a resource, as charting libraries do, a
/// local copy replaces the address.
/// </summary>
internal sealed partial class ScriptAssets(string folder)
{
    private const string AssetsFolder = "assets";

    // Charting libraries may load their script through require.js if it is present; this stand-in is enough for them.
    private const string RequireStandIn =
        "<script>window.require=window.require||Object.assign(function(names,then){then&&then.apply(null,names.map(function(n)"
        + "{return window[n]||window[n.charAt(0).toUpperCase()+n.slice(1)]}))},{config:function(){return window.require},undef:function(){}});</script>\n";

    private readonly Dictionary<string, string?> _found = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Adds a file of the site.</summary>
    /// <returns>Its address relative to the pages.</returns>
    public string AddText(string name, string text)
    {
        WholeFile.Write(Path.Combine(folder, AssetsFolder, name), text);
        return AssetsFolder + "/" + name;
    }

    /// <summary>Replaces web addresses of scripts by those of local copies, and returns what the page's head must load first.</summary>
    public (string Body, string Head) Localise(string body)
    {
        var plotly = UsesPlotly(body) ? Find("plotly.min.js") : null;
        body = WebScript().Replace(body, match =>
        {
            var local = Find(match.Groups["file"].Value);
            // The head loads this one for the whole page.
            return local is null ? match.Value : local == plotly ? "" : $"<script src=\"{local}\"></script>";
        });
        // A script that the output loads itself. Without a local copy, the attribute is empty and names the missing file.
        body = NamedScript().Replace(body, match => Find(match.Groups["file"].Value) is { } local
            ? $"data-script=\"{local}\"" : $"data-script=\"\" data-script-missing=\"{match.Groups["file"].Value}\"");
        var head = plotly is null ? "" : $"<script src=\"{plotly}\" charset=\"utf-8\"></script>\n";
        if (Script().Matches(body).Any(match => match.Groups["code"].ValueSpan.Contains("require(", StringComparison.Ordinal)))
            head += RequireStandIn;
        return (body, head);
    }

    /// <summary>One sentence for each thing that a page needs and does not have.</summary>
    public IEnumerable<string> Missing(string page, string name)
    {
        foreach (var address in WebReference().Matches(page).Select(match => match.Groups["address"].Value).Distinct())
            yield return $"The page {name} needs the network for {address}.";
        foreach (var file in MissingScript().Matches(page).Select(match => match.Groups["file"].Value).Distinct())
            yield return $"The page {name} shows less without {file}, which no loaded library carries.";
        if (UsesPlotly(page) && Find("plotly.min.js") is null)
            yield return $"The page {name} has charts that need plotly.js, which no loaded library carries.";
    }

    /// <summary>Whether a script of the markup calls plotly.js; text that only mentions it does not count.</summary>
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
