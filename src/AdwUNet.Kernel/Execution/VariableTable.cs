using System.Net;
using Microsoft.DotNet.Interactive.Formatting;

namespace AdwUNet.Kernel.Execution;

/// <summary>What <c>#!who</c> and <c>#!whos</c> show.</summary>
internal static class VariableTable
{
    /// <summary>The largest number of characters per value; the table is for finding a variable, not for reading its value.</summary>
    private const int LongestValue = 300;

    /// <summary>The names of variables, or a table of their names, types and values.</summary>
    public static MimeBundle Of(IReadOnlyList<Variable> variables, bool withValues)
    {
        if (!withValues)
        {
            var names = string.Join("\t", variables.Select(variable => variable.Name));
            return MimeBundle.OfForms((MimeBundle.Plain, names), (MimeBundle.Html, $"<div>{WebUtility.HtmlEncode(names)}</div>"));
        }

        var rows = variables.Select(variable => new[] { variable.Name, TypeOf(variable), ValueOf(variable) });
        return Table.Of(["Variable", "Type", "Value"], [.. rows]);
    }

    // What it is, rather than what it was declared as: `object x = 5` holds an Int32.
    private static string TypeOf(Variable variable) =>
        Formatter.ToDisplayString(variable.Value?.GetType() ?? variable.Type, MimeBundle.Plain);

    private static string ValueOf(Variable variable)
    {
        string text;
        try
        {
            text = Formatter.ToDisplayString(variable.Value!, MimeBundle.Plain).ReplaceLineEndings("\n").TrimEnd();
        }
#pragma warning disable CA1031 // One value that cannot be formatted does not hide the others.
        catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
        {
            text = $"({exception.GetType().Name}: {exception.Message})";
        }

        return text.Length <= LongestValue ? text : text[..LongestValue] + " ...";
    }
}
