namespace AdwUNet.Kernel.Execution;

/// <summary>The languages that a part of a cell may be written in.</summary>
internal enum CellLanguage
{
    /// <summary>C#, which is run.</summary>
    CSharp,

    /// <summary>HTML, which is shown.</summary>
    Html,

    /// <summary>Markdown, which is shown.</summary>
    Markdown,

    /// <summary>JavaScript, which the page that shows the notebook runs.</summary>
    JavaScript,

    /// <summary>The text of a Mermaid diagram. The page that shows the notebook draws it.</summary>
    Mermaid,

    /// <summary>Text that is stored under a name, for use in C#.</summary>
    Value,
}

/// <summary>The names that notebooks have for those languages.</summary>
internal static class CellLanguages
{
    /// <summary>The language of a name such as <c>csharp</c>; null for an unknown name.</summary>
    public static CellLanguage? Named(string name) => name switch
    {
        "csharp" or "c#" or "C#" => CellLanguage.CSharp,
        "html" => CellLanguage.Html,
        "markdown" => CellLanguage.Markdown,
        "javascript" or "js" => CellLanguage.JavaScript,
        "mermaid" => CellLanguage.Mermaid,
        "value" => CellLanguage.Value,
        _ => null,
    };

    /// <summary>The language of files with an ending; null for an unknown ending.</summary>
    public static CellLanguage? OfFile(string ending) => ending switch
    {
        ".cs" or ".csx" => CellLanguage.CSharp,
        ".html" => CellLanguage.Html,
        ".js" => CellLanguage.JavaScript,
        ".md" => CellLanguage.Markdown,
        _ => null,
    };

    /// <summary>The language that a line such as <c>#!html</c> begins; null for any other line.</summary>
    public static CellLanguage? BegunBy(string line)
    {
        line = line.Trim();
        if (!line.StartsWith("#!", StringComparison.Ordinal))
            return null;
        // Only `#!value` takes options: the name of the value, and its source.
        return line.Split((char[]?)null, 2)[0] == "#!value" ? CellLanguage.Value : Named(line[2..]);
    }
}
