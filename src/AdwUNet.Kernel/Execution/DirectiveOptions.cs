using Microsoft.CodeAnalysis.CSharp;

namespace AdwUNet.Kernel.Execution;

/// <summary>The options of a line such as <c>#!set --name x --value 5</c>, as .NET Interactive reads them.</summary>
internal sealed class DirectiveOptions
{
    private readonly string _directive;
    private readonly string _usage;
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    private DirectiveOptions(string directive)
    {
        _directive = directive;
        _usage = Directive.All.First(each => each.Name == directive).Usage;
    }

    /// <summary>What stands outside of any option; null where nothing does.</summary>
    public string? Bare { get; private set; }

    /// <summary>Reads a line.</summary>
    /// <param name="line">The whole line.</param>
    /// <param name="takesBare">Whether one word may stand outside of any option.</param>
    /// <param name="flags">Options without a value.</param>
    /// <param name="names">Options with one.</param>
    /// <exception cref="NotebookException">The line has an option twice or one that there is not, or an option lacks its value.</exception>
    public static DirectiveOptions Read(string line, bool takesBare, IReadOnlyCollection<string> flags, params IReadOnlyCollection<string> names)
    {
        var words = new Queue<string>(Words(line));
        var options = new DirectiveOptions(words.Dequeue());
        while (words.TryDequeue(out var word))
        {
            if (names.Contains(word) || flags.Contains(word))
            {
                var value = "";
                if (names.Contains(word) && (!words.TryDequeue(out value!) || value.StartsWith("--", StringComparison.Ordinal)))
                    throw options.Refusal($"has no value for {word}");
                if (!options._values.TryAdd(word, value))
                    throw options.Refusal($"has {word} twice");
            }
            else if (takesBare && options.Bare is null && !word.StartsWith('-'))
            {
                options.Bare = word;
            }
            else
            {
                throw options.Refusal($"does not take '{word}'");
            }
        }

        return options;
    }

    /// <summary>The value of an option; null where the line does not have it.</summary>
    public string? this[string name] => _values.GetValueOrDefault(name);

    /// <summary>Whether the line has an option.</summary>
    public bool Has(string name) => _values.ContainsKey(name);

    /// <summary>The value of an option that must be there.</summary>
    /// <exception cref="NotebookException">It is not.</exception>
    public string Required(string name) => this[name] ?? throw Refusal($"has no {name}");

    /// <summary>The name of a variable, which must be one.</summary>
    /// <exception cref="NotebookException">It is none.</exception>
    public string Identifier(string name) => SyntaxFacts.IsValidIdentifier(name) ? name : throw Refusal($"names a variable '{name}', which is no name in C#");

    /// <summary>Says what is wrong with the line, and how it is written.</summary>
    public NotebookException Refusal(string fault) => new($"'{_directive}' {fault}: write {_usage}.");

    /// <summary>
    /// The words of a line. JSON in brackets is one word, and so are quotes with what is between them; the quotes stay.
    /// </summary>
    private static IEnumerable<string> Words(string line)
    {
        for (var at = 0; at < line.Length;)
        {
            if (char.IsWhiteSpace(line[at]))
            {
                at++;
                continue;
            }

            var end = EndOfWord(line, at);
            yield return line[at..end];
            at = end;
        }
    }

    private static int EndOfWord(string line, int start)
    {
        var depth = 0;
        var isQuoted = false;
        var isJson = line[start] is '{' or '[';
        for (var at = start; at < line.Length; at++)
        {
            var character = line[at];
            if (character == '"')
                isQuoted = !isQuoted;
            else if (isQuoted)
                at += character == '\\' ? 1 : 0;
            else if (isJson && character is '{' or '[')
                depth++;
            else if (isJson && character is '}' or ']' && --depth == 0)
                return at + 1;
            else if (depth == 0 && char.IsWhiteSpace(character))
                return at;
        }

        return line.Length;
    }
}
