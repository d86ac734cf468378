namespace AdwUNet.Kernel.Execution;

/// <summary>A directive: a line that the engine handles, not the compiler.</summary>
/// <param name="Name">The first word of the line.</param>
/// <param name="Usage">Its syntax.</param>
/// <param name="Summary">What it does.</param>
internal sealed record Directive(string Name, string Usage, string Summary)
{
    /// <summary>All there are.</summary>
    public static IReadOnlyList<Directive> All { get; } =
    [
        new("#r", "#r \"path.dll\" or #r \"nuget: Id, Version\"", "Adds a library, or a NuGet package with all that it depends on."),
        new("#i", "#i \"nuget: source\"", "Adds a package source, an address or a folder, for the #r lines."),
        new("#load", "#load \"file.csx\"", "Compiles a script file with the cell."),
        new("#!import", "#!import file", "Runs another notebook (.ipynb, .dib) or file (.cs, .csx, .html, .js, .md) in this session."),
        new("#!csharp", "#!csharp", "What follows is C#."),
        new("#!html", "#!html", "What follows is HTML, which is shown."),
        new("#!markdown", "#!markdown", "What follows is Markdown, which is shown."),
        new("#!javascript", "#!javascript", "What follows is JavaScript, which the page that shows the notebook runs."),
        new("#!mermaid", "#!mermaid", "What follows is a Mermaid diagram, which the page that shows the notebook draws."),
        new("#!value", "#!value --name x [--from-file file | --from-url address] [--mime-type type]", "Keeps what follows, or the text of a file, under a name, for #!share and #!set."),
        new("#!share", "#!share --from value x [--as y]", "Declares a variable with a value that #!value keeps, or with a copy of another variable."),
        new("#!set", "#!set --name y --value text, or --value @value:x, @csharp:x or @input:prompt [--byref]", "Declares a variable with a text, a kept "
            + "value, a copy of another variable, or what the front end is asked for."),
        new("#!time", "#!time", "Tells how long the cell's code takes."),
        new("#!who", "#!who", "Shows the names of the variables."),
        new("#!whos", "#!whos", "Shows the variables with their types and values."),
        new("#!lsmagic", "#!lsmagic", "Shows these lines with what they do."),
        new("#!about", "#!about", "Shows the versions of the kernel, .NET and C#."),
    ];

    /// <summary>The names in words, for messages.</summary>
    public static string Names => string.Join(", ", All.SkipLast(1).Select(each => each.Name)) + " and " + All[^1].Name;

    /// <summary>All directives, as a table.</summary>
    public static MimeBundle Listing => Table.Of(["Line", "What it does"], [.. All.Select(each => new[] { each.Usage, each.Summary })]);

    /// <summary>Whether it acts at the position of its line, rather than for the whole piece of code.</summary>
    public static bool ActsInPlace(string name) => name is "#!import" or "#!share" or "#!set" or "#!who" or "#!whos" or "#!lsmagic" or "#!about";
}
