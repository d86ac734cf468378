using System.Text.RegularExpressions;

namespace AdwUNet.Kernel.Language;

/// <summary>Signatures as a notebook's user expects them: a variable of a cell is a variable, not a field.</summary>
internal static partial class Signature
{
    /// <summary>Removes the compiler-generated class around a cell's code, and replaces non-breaking spaces.</summary>
    public static string Clean(string signature) =>
        OfVariable().Replace(ScriptClass().Replace(signature, ""), "(variable) ").Replace('\u00A0', ' ').Trim();

    [GeneratedRegex(@"Submission#\w+\.")]
    private static partial Regex ScriptClass();

    // A field of a type has the type's name before its own, `(field) int Point.X`.
    [GeneratedRegex(@"^\(field\) (?=[^\n]*\s[^\s.]+\s*(?:\n|$))")]
    private static partial Regex OfVariable();
}
