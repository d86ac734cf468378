using System.Text;
using AdwUNet.Kernel.Execution;

namespace AdwUNet.Kernel.Language;

/// <summary>The description of a name: its signature, then paragraphs and lists.</summary>
internal static class Description
{
    /// <summary>Writes a description in the forms that front ends show.</summary>
    /// <param name="signature">C# code.</param>
    /// <param name="paragraphs">Texts; empty ones are left out.</param>
    /// <param name="lists">Headed lists of names, which may be empty, and what is said of them.</param>
    public static MimeBundle Of(
        string signature, IReadOnlyList<string> paragraphs, params IReadOnlyList<(string Head, IReadOnlyList<(string Name, string Text)> Items)> lists)
    {
        var plain = new StringBuilder(signature);
        var markdown = new StringBuilder($"```csharp\n{signature}\n```");
        foreach (var paragraph in paragraphs.Where(text => text.Length > 0))
        {
            plain.Append("\n\n").Append(paragraph);
            markdown.Append("\n\n").Append(Escaped(paragraph));
        }

        foreach (var (head, items) in lists.Where(list => list.Items.Count > 0))
        {
            plain.Append($"\n\n{head}:");
            markdown.Append($"\n\n**{head}**\n");
            foreach (var (name, text) in items)
            {
                plain.Append($"\n  {(name.Length > 0 && text.Length > 0 ? name + ": " : name)}{text.Replace("\n", "\n    ", StringComparison.Ordinal)}");
                markdown.Append($"\n- {(name.Length > 0 ? $"`{name}` " : "")}{Escaped(text).Replace("\n", "\n  ", StringComparison.Ordinal)}");
            }
        }

        return MimeBundle.OfForms((MimeBundle.Plain, plain.ToString()), (MimeBundle.Markdown, markdown.ToString()));
    }

    /// <summary>Plain text as Markdown that reads the same: <c>List&lt;T&gt;</c> would otherwise be read as a tag.</summary>
    private static string Escaped(string text)
    {
        var escaped = new StringBuilder();
        foreach (var character in text)
        {
            if (character is '\\' or '`' or '*' or '_' or '[' or ']' or '<' or '>' or '#' or '|' or '$')
                escaped.Append('\\');
            escaped.Append(character);
        }

        return escaped.ToString();
    }
}
