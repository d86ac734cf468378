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

    /// <summary>The word outside of any option; null if there is none.</summary>
    public string? Bare { get; private set; }

    /// <summary>Parses a line.</summary>
    /// <param name="line">The whole line.</param>
    /// <param name="takesBare">Whether one word outside of any option is allowed.</param>
    /// <param name="flags">Options without a value.</param>
    /// <param name="names">Options with a value.</param>
    /// <exception cref="NotebookException">The line has an option twice or an unknown option, or an option lacks its value.</exception>
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

    /// <summary>The value of an option; null if the line does not have it.</summary>
    public string? this[string name] => _values.GetValueOrDefault(name);

    /// <summary>Whether the line has an option.</summary>
    public bool Has(string name) => _values.ContainsKey(name);

    /// <summary>The value of a required option.</summary>
    /// <exception cref="NotebookException">The option is missing.</exception>
    public string Required(string name) => this[name] ?? throw Refusal($"has no {name}");

    /// <summary>Checks the name of a variable.</summary>
    /// <exception cref="NotebookException">It is not a valid C# identifier.</exception>
    public string Identifier(string name) => SyntaxFacts.IsValidIdentifier(name) ? name : throw Refusal($"names a variable '{name}', which is not a name in C#");

    /// <summary>Creates the error of a wrong line: the fault and the usage.</summary>
    public NotebookException Refusal(string fault) => new($"'{_directive}' {fault}: write {_usage}.");

    /// <summary>
    /// The words of a line. JSON in brackets is one word. A quoted text is one word and keeps its quotes.
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
