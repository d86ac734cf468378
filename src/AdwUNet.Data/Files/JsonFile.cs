using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace AdwUNet;

/// <summary>Reads and writes small JSON files. Files are written atomically.</summary>
internal static class JsonFile
{
    private static readonly string[] Places = [" Path: ", " LineNumber: "];

    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false), new JsonItems(), new JsonFinite() },
    };

    /// <summary>The same on one line, for files of many records.</summary>
    public static JsonSerializerOptions Line { get; } = new(Options) { WriteIndented = false };

    /// <summary>For JSON whose type is not known yet. Duplicate names would otherwise fail only when the object is accessed.</summary>
    public static JsonDocumentOptions Strict { get; } = new() { AllowDuplicateProperties = false };

    /// <summary>The file's bytes.</summary>
    public static byte[] Serialize<T>(T value) => [.. JsonSerializer.SerializeToUtf8Bytes(value, Options), (byte)'\n'];

    /// <summary>Writes the file atomically; a reader never sees a partial file.</summary>
    public static void Save<T>(string path, T value)
    {
        FolderEntry.Create(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var bytes = Serialize(value);
        AtomicFile.Write(path, stream => stream.Write(bytes), bytes.Length);
    }

    /// <summary>Reads a file. <paramref name="fail"/> makes the error from a sentence that names the file and the field.</summary>
    public static T Load<T>(string path, Func<string, Exception?, Exception> fail)
        where T : class
    {
        string text;
        try
        {
            text = ReadText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw fail($"{path} cannot be read ({error.Message}).", error);
        }

        try
        {
            return JsonSerializer.Deserialize<T>(text, Options) ?? throw fail($"{path} holds nothing; write it again.", null);
        }
        catch (JsonException error)
        {
            throw fail($"{path} is not valid{Place(error)}: {FirstSentence(error.Message)} Correct it or write it again.", error);
        }
    }

    // The process that writes the file holds it alone until it is renamed, and for an instant longer.
    private static string ReadText(string path)
    {
        const int tries = 50;
        const int milliseconds = 20;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return File.ReadAllText(path);
            }
            catch (IOException error) when (attempt < tries && error is not (FileNotFoundException or DirectoryNotFoundException))
            {
                Thread.Sleep(milliseconds);
            }
        }
    }

    /// <summary>Reads a part of what a converter reads; an error is then told with the converter's own place, not with one within the part.</summary>
    public static T? ReadPart<T>(ref Utf8JsonReader reader, JsonSerializerOptions options)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(ref reader, options);
        }
        catch (JsonException error)
        {
            throw new JsonException($"{(error.Path is ['$', '.', .. var within] ? $"{within}: " : "")}{FirstSentence(error.Message)}", error);
        }
    }

    /// <summary>What is wrong, without the place: that is in <see cref="Place"/>.</summary>
    public static string FirstSentence(string message)
    {
        // The serializer ends with a place, the reader below it with a line alone.
        var ends = Places.Select(end => message.IndexOf(end, StringComparison.Ordinal)).Where(end => end >= 0);
        return message[..ends.Append(message.Length).Min()];
    }

    /// <summary>The field of the first string with an unpaired surrogate; null if there is none.</summary>
    public static string? Unreadable(JsonNode node)
    {
        var children = node switch
        {
            JsonObject item => item.Select(pair => pair.Value),
            JsonArray items => items,
            _ => [],
        };
        if (node is JsonValue value && value.GetValueKind() == JsonValueKind.String)
        {
            try
            {
                _ = value.GetValue<string>();
            }
            catch (InvalidOperationException)
            {
                return value.GetPath()[2..];
            }
        }

        return children.OfType<JsonNode>().Select(Unreadable).FirstOrDefault(found => found is not null);
    }

    /// <summary>Where it is wrong, as part of a sentence: the field, and else the line.</summary>
    public static string Place(JsonException error) => error switch
    {
        { Path: ['$', '.', .. var field] } => $" at the field {field}",
        { LineNumber: { } line } => $" in line {line + 1}",
        _ => "",
    };
}
