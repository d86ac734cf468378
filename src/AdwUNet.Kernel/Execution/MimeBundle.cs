using Microsoft.AspNetCore.Html;
using Microsoft.DotNet.Interactive.Formatting;

namespace AdwUNet.Kernel.Execution;

/// <summary>One value in several forms, each under its MIME type; plain text is always among them.</summary>
internal sealed class MimeBundle
{
    public const string Html = "text/html";
    public const string Plain = "text/plain";
    public const string Markdown = "text/markdown";

    private readonly Dictionary<string, string> _forms = new(StringComparer.Ordinal);

    private MimeBundle()
    {
    }

    public IReadOnlyCollection<string> Types => _forms.Keys;

    public IReadOnlyDictionary<string, string> Forms => _forms;

    /// <summary>Whether a form of this type is JSON: files and messages have it as such, not as text.</summary>
    public static bool IsJson(string type) =>
        type == "application/json" || type.EndsWith("+json", StringComparison.Ordinal);

    /// <summary>Formats a value in the forms that its type prefers, or those asked for.</summary>
    public static MimeBundle Of(object? value, IReadOnlyCollection<string> mimeTypes)
    {
        // An already formatted value is shown as it is.
        if (value is FormattedValue formatted)
            return Of([formatted], null);
        if (value is IEnumerable<FormattedValue> forms)
            return Of([.. forms], null);
        var bundle = new MimeBundle();
        var wanted = mimeTypes.Count > 0 ? mimeTypes
            : Formatter.GetPreferredMimeTypesFor(value?.GetType() ?? typeof(object));
        if (value is null)
            wanted = [Plain];
        foreach (var type in wanted)
            bundle._forms[type] = Formatter.ToDisplayString(value!, type).ReplaceLineEndings("\n");
        if (!bundle._forms.ContainsKey(Plain))
            bundle._forms[Plain] = PlainTextOf(value);
        return bundle;
    }

    /// <summary>A value that is already formatted.</summary>
    /// <param name="formatted">Its formatted values.</param>
    /// <param name="value">The value, from which plain text is made if there is none; null if it is unknown.</param>
    public static MimeBundle Of(IReadOnlyCollection<FormattedValue> formatted, object? value)
    {
        var bundle = new MimeBundle();
        foreach (var form in formatted)
            bundle._forms[form.MimeType] = (form.Value ?? "").ReplaceLineEndings("\n");
        if (!bundle._forms.ContainsKey(Plain))
            bundle._forms[Plain] = value is null ? bundle._forms.Values.FirstOrDefault("") : PlainTextOf(value);
        return bundle;
    }

    /// <summary>A text that is already written in the given MIME types.</summary>
    public static MimeBundle OfText(string text, IEnumerable<string> mimeTypes)
    {
        var bundle = new MimeBundle();
        foreach (var type in mimeTypes)
            bundle._forms[type] = text;
        bundle._forms.TryAdd(Plain, text);
        return bundle;
    }

    /// <summary>One thing in several forms that say the same; plain text is among them.</summary>
    public static MimeBundle OfForms(params ReadOnlySpan<(string Type, string Text)> forms)
    {
        var bundle = new MimeBundle();
        foreach (var (type, text) in forms)
            bundle._forms[type] = text;
        return bundle;
    }

    private static string PlainTextOf(object? value) => value switch
    {
        IHtmlContent html => Formatter.ToDisplayString(html, Html),
        _ => Formatter.ToDisplayString(value!, Plain),
    };
}
