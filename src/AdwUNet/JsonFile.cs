using System.Text.Json;
using System.Text.Json.Serialization;

namespace AdwUNet;

/// <summary>Reads and writes small JSON files, whole or not at all.</summary>
internal static class JsonFile
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The same on one line, for files of many records.</summary>
    public static JsonSerializerOptions Line { get; } = new(Options) { WriteIndented = false };

    /// <summary>The file's bytes.</summary>
    public static byte[] Serialize<T>(T value) => [.. JsonSerializer.SerializeToUtf8Bytes(value, Options), (byte)'\n'];

    /// <summary>Writes beside the file first and then takes its place, so that no half file is ever seen.</summary>
    public static void Save<T>(string path, T value)
    {
        FolderEntry.Create(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var bytes = Serialize(value);
        AtomicFile.Write(path, stream => stream.Write(bytes), bytes.Length);
    }

    /// <summary>Reads a file; what is wrong with it is told by <paramref name="fail"/> in a sentence with the file and the field.</summary>
    public static T Load<T>(string path, Func<string, Exception?, Exception> fail)
        where T : class
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
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
            var field = string.IsNullOrEmpty(error.Path) || error.Path == "$" ? "" : $" at the field {error.Path[2..]}";
            throw fail($"{path} is not valid{field}: {FirstSentence(error.Message)} Correct it or write it again.", error);
        }
    }

    private static string FirstSentence(string message)
    {
        var end = message.IndexOf(" Path: ", StringComparison.Ordinal);
        return end < 0 ? message : message[..end];
    }
}
