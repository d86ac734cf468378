using System.Globalization;
using System.Text.Json;
using Microsoft.CodeAnalysis.CSharp;

namespace AdwUNet.Kernel.Execution;

/// <summary>
/// The values that <c>#!value</c> stores, and the C# that declares variables for <c>#!share</c> and <c>#!set</c>. As in .NET Interactive, a variable
/// gets a copy: JSON becomes a <see cref="JsonDocument"/>, numbers become <c>double</c>, everything else becomes text.
/// </summary>
/// <param name="folder">The base of relative paths.</param>
/// <param name="variables">The variables of the session.</param>
internal sealed class SharedValues(string folder, Func<IReadOnlyList<Variable>> variables)
{
    private const string OfValues = "value";
    private const string Input = "@input:";
    private const string JsonType = "application/json";
    private const string JsonDocumentType = "global::System.Text.Json.JsonDocument";

    private readonly Dictionary<string, (string Text, string Type)> _kept = new(StringComparer.Ordinal);

    /// <summary>Stores the text of a <c>#!value</c> part.</summary>
    /// <returns>The text, to be shown.</returns>
    /// <exception cref="NotebookException">The line has invalid options or names an unknown value.</exception>
    public async Task<MimeBundle> KeepAsync(CellPart part, CancellationToken cancellationToken)
    {
        var options = DirectiveOptions.Read(
            part.Begin.Length > 0 ? part.Begin : "#!value", takesBare: false, [], "--name", "--from-file", "--from-url", "--mime-type");
        var name = options.Required("--name");
        var hasText = !string.IsNullOrWhiteSpace(part.Text);
        if (hasText && (options.Has("--from-file") || options.Has("--from-url")))
            throw options.Refusal("has both a text below it and another source");
        var text = options["--from-file"] is { } file ? await ReadFileAsync(file, cancellationToken).ConfigureAwait(false)
            : options["--from-url"] is { } address ? await ReadUrlAsync(address, cancellationToken).ConfigureAwait(false)
            : part.Text.TrimEnd('\n');
        var type = options["--mime-type"] ?? MimeBundle.Plain;
        if (type == JsonType)
            CheckJson(name, text);
        _kept[name] = (text, type);
        return MimeBundle.OfText(text, [type]);
    }

    /// <summary>The C# code for a <c>#!share</c> line.</summary>
    /// <exception cref="NotebookException">The line has invalid options or names an unknown value.</exception>
    public string Share(DirectiveLine line)
    {
        var options = DirectiveOptions.Read(line.Text, takesBare: true, [], "--from", "--name", "--as", "--mime-type");
        var name = options.Bare ?? options["--name"] ?? throw options.Refusal("names no value");
        return Declare(options, options["--as"] ?? name, options.Required("--from"), name);
    }

    /// <summary>The C# code for a <c>#!set</c> line.</summary>
    /// <exception cref="NotebookException">The line has invalid options or names an unknown value.</exception>
    public string Set(DirectiveLine line)
    {
        var options = DirectiveOptions.Read(line.Text, takesBare: false, ["--byref"], "--name", "--value", "--mime-type");
        var name = options.Required("--name");
        var value = options.Required("--value");
        if (!value.StartsWith('@'))
            return OfText(options.Identifier(name), value);
        if (value.StartsWith(Input, StringComparison.Ordinal))
            return OfText(options.Identifier(name), Ask(value[Input.Length..].Trim('"')));
        return value[1..].Split(':', 2) is [var kernel, var source]
            ? Declare(options, name, kernel, source)
            : Declare(options, name, nameof(CellLanguage.CSharp), value[1..]);
    }

    private static string Ask(string prompt) => RunningCell.Required is { TakesInput: true } cell
        ? cell.ReadLine(prompt, isPassword: false)
        : throw new NotebookException("The cell asks for input, which is not available here: set the value in the code.");

    private string Declare(DirectiveOptions options, string name, string kernel, string source)
    {
        options.Identifier(name);
        if (kernel == OfValues)
        {
            if (!_kept.TryGetValue(source, out var kept))
                throw new NotebookException($"There is no value '{source}': '#!value --name {source}' stores one.");
            return (options["--mime-type"] ?? kept.Type) == JsonType && kept.Type == JsonType ? OfJson(name, kept.Text) : OfText(name, kept.Text);
        }

        if (!kernel.Equals(nameof(CellLanguage.CSharp), StringComparison.OrdinalIgnoreCase) && kernel is not ("c#" or "C#"))
            throw options.Refusal($"asks for a value of '{kernel}', but only csharp and value have values");
        var variable = variables().FirstOrDefault(each => each.Name == source)
            ?? throw new NotebookException($"There is no variable '{source}' to share.");
        return options.Has("--byref") ? $"var @{name} = @{source};" : OfCopy(name, variable.Value);
    }

    private static string OfCopy(string name, object? value)
    {
        if (value is null)
            return $"object @{name} = null;";
        string json;
        try
        {
            json = JsonSerializer.Serialize(value, value.GetType());
        }
        catch (Exception exception) when (exception is NotSupportedException or ArgumentException or InvalidOperationException or JsonException)
        {
            throw new NotebookException($"The value cannot be copied into '{name}' as JSON ({exception.Message}): write 'var {name} = ...;' in its place.", exception);
        }

        using var copy = JsonDocument.Parse(json);
        var root = copy.RootElement;
        return root.ValueKind switch
        {
            JsonValueKind.String => OfText(name, root.GetString()!),
            JsonValueKind.Number => string.Create(CultureInfo.InvariantCulture, $"double @{name} = {root.GetDouble():R};"),
            JsonValueKind.True => $"bool @{name} = true;",
            JsonValueKind.False => $"bool @{name} = false;",
            JsonValueKind.Null => $"object @{name} = null;",
            _ => OfJson(name, json),
        };
    }

    private static string OfText(string name, string text) => $"string @{name} = {SymbolDisplay.FormatLiteral(text, quote: true)};";

    private static string OfJson(string name, string json) =>
        $"{JsonDocumentType} @{name} = {JsonDocumentType}.Parse({SymbolDisplay.FormatLiteral(json, quote: true)});";

    private static void CheckJson(string name, string text)
    {
        try
        {
            JsonDocument.Parse(text).Dispose();
        }
        catch (JsonException exception)
        {
            throw new NotebookException($"The text of the value '{name}' is not JSON, which its --mime-type announces: {exception.Message}", exception);
        }
    }

    private async Task<string> ReadFileAsync(string file, CancellationToken cancellationToken)
    {
        var path = Path.GetFullPath(Path.Combine(folder, file.Trim('"')));
        try
        {
            return (await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false)).ReplaceLineEndings("\n");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new NotebookException($"The file '{file}' of the #!value line cannot be read: {exception.Message}", exception);
        }
    }

    private static async Task<string> ReadUrlAsync(string address, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(address.Trim('"'), UriKind.Absolute, out var url))
            throw new NotebookException($"'{address}' of the #!value line is not an absolute URL.");
        try
        {
            using var client = new HttpClient();
            return (await client.GetStringAsync(url, cancellationToken).ConfigureAwait(false)).ReplaceLineEndings("\n");
        }
        catch (Exception exception) when (exception is HttpRequestException or NotSupportedException or InvalidOperationException)
        {
            throw new NotebookException($"The address '{address}' of the #!value line cannot be read: {exception.Message}", exception);
        }
    }
}
