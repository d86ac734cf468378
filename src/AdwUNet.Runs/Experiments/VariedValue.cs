using System.Collections;
using System.Globalization;

namespace AdwUNet.Experiments;

/// <summary>The text of a value in the name of a variant.</summary>
internal static class VariedValue
{
    /// <summary>A short text: numbers in the invariant culture, lists with blanks between their items, parts of the method by name and options.</summary>
    public static string Text(object? value) => value switch
    {
        null => "none",
        string text => text,
        bool flag => flag ? "yes" : "no",
        double number => number.ToString("G5", CultureInfo.InvariantCulture), // a third has no end
        MethodPart part => PartText(part),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        IEnumerable items => string.Join(' ', items.Cast<object?>().Select(Text)),
        _ => value.ToString() ?? "",
    };

    private static string PartText(MethodPart part)
    {
        var options = part.Identity()["options"]?.AsObject().Select(option => $"{option.Key} {option.Value?.ToJsonString() ?? "none"}") ?? [];
        return string.Join(' ', options.Prepend(part.Name));
    }
}
