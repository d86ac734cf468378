using System.Text.RegularExpressions;

namespace AdwUNet.Kernel.Language;

/// <summary>Signatures as a notebook's user knows the things: a variable of a cell is a variable.</summary>
internal static partial class Signature
{
    /// <summary>Takes out what only the compiler knows of: the class around a cell's code.</summary>
    public static string Clean(string signature) =>
        ScriptClass().Replace(OfVariable().Replace(signature, "(variable) $1"), "").Trim();

    [GeneratedRegex(@"Submission#\w+\.")]
    private static partial Regex ScriptClass();

    [GeneratedRegex(@"^\((?:field|local variable)\) (.*Submission#.*)$", RegexOptions.Singleline)]
    private static partial Regex OfVariable();
}
