using System.Text.RegularExpressions;
using AdwUNet.Kernel.Execution;

namespace AdwUNet.Kernel.Language;

/// <summary>What may stand on a line that is for the engine: the names of directives, files, packages.</summary>
internal static partial class DirectiveCompletion
{
    private static readonly string[] OfCompiler =
        ["#nullable", "#pragma", "#region", "#endregion", "#if", "#elif", "#else", "#endif", "#define", "#undef", "#warning", "#error", "#line"];

    /// <summary>Completes a line; null where it is none of the engine's.</summary>
    /// <param name="line">The line up to the cursor.</param>
    /// <param name="cursor">The cursor's position in the cell.</param>
    /// <param name="folder">Where relative paths begin.</param>
    /// <param name="isCSharp">Whether the line is among C#: in other languages only the lines that begin one are known.</param>
    public static Completion? Complete(string line, int cursor, string folder, bool isCSharp)
    {
        var word = NameLine().Match(line);
        if (word.Success && (isCSharp || word.Value.Contains("#!", StringComparison.Ordinal)))
            return NamesFor(word.Groups[1].Value, cursor, isCSharp);
        var argument = FileLine().Match(line);
        if (!isCSharp || !argument.Success)
            return null;
        var typed = argument.Groups["path"].Value;
        return argument.Groups["name"].Value switch
        {
            "#r" when typed.StartsWith("nuget:", StringComparison.OrdinalIgnoreCase) => KnownPackages.Complete(typed["nuget:".Length..], cursor),
            "#r" => FilesFor(typed, cursor, folder, [".dll"]),
            "#load" => FilesFor(typed, cursor, folder, [".csx", ".cs"]),
            // A source of packages is an address, of which nothing is known here.
            "#i" => Completion.None(cursor),
            _ => FilesFor(typed, cursor, folder, [".ipynb", ".dib", ".csx", ".cs", ".html", ".js", ".md"]),
        };
    }

    private static Completion NamesFor(string typed, int cursor, bool isCSharp)
    {
        var own = Directive.All.Where(each => isCSharp || CellLanguages.BegunBy(each.Name) is not null)
            .Select(each => new CompletionMatch(each.Name, "magic", each.Summary));
        var others = isCSharp ? OfCompiler.Select(name => new CompletionMatch(name, "keyword", "")) : [];
        var matches = own.Concat(others).Where(match => match.Text.StartsWith(typed, StringComparison.Ordinal)).ToList();
        return new Completion(cursor - typed.Length, cursor, matches);
    }

    private static Completion FilesFor(string typed, int cursor, string folder, string[] endings)
    {
        var cut = typed.LastIndexOfAny(['/', '\\']) + 1;
        var matches = new List<CompletionMatch>();
        try
        {
            var place = new DirectoryInfo(Path.Combine(folder, typed[..cut]));
            foreach (var entry in place.EnumerateFileSystemInfos().OrderBy(entry => entry.Name, StringComparer.OrdinalIgnoreCase))
            {
                if (!entry.Name.StartsWith(typed[cut..], StringComparison.OrdinalIgnoreCase) || (entry.Name[0] == '.' && cut == typed.Length))
                    continue;
                if (entry is DirectoryInfo)
                    matches.Add(new CompletionMatch(typed[..cut] + entry.Name + "/", "path", ""));
                else if (endings.Contains(entry.Extension.ToLowerInvariant()))
                    matches.Add(new CompletionMatch(typed[..cut] + entry.Name, "path", ""));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // No such folder, or none that can be read: nothing to offer.
        }

        return new Completion(cursor - typed.Length, cursor, matches);
    }

    [GeneratedRegex(@"^\s*(#!?\w*)$")]
    private static partial Regex NameLine();

    [GeneratedRegex("""^\s*(?<name>#r|#load|#i)\s*"(?<path>[^"]*)$|^\s*(?<name>#!import)\s+"?(?<path>[^"]*)$""")]
    private static partial Regex FileLine();
}
