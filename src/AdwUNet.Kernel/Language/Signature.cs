using System.Text.RegularExpressions;

namespace AdwUNet.Kernel.Language;

/// <summary>Signatures as a notebook's user knows the things: a variable of a cell is a variable.</summary>
internal static partial class Signature
{
    /// <summary>Takes out what only the compiler knows of, the class around a cell's code, and spaces that are none to who copies them.</summary>
    public static string Clean(string signature) =>
        OfVariable().Replace(ScriptClass().Replace(signature, ""), "(variable) ").Replace('\u00A0', ' ').Trim();

    [GeneratedRegex(@"Submission#\w+\.")]
    private static partial Regex ScriptClass();

    // A field of a type is told with the type's name before its own, `(field) int Point.X`.
    [GeneratedRegex(@"^\(field\) (?=[^\n]*\s[^\s.]+\s*(?:\n|$))")]
    private static partial Regex OfVariable();
}
