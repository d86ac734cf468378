using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace AdwUNet;

/// <summary>
/// A part of the method that code can replace: a unit, a relaxation, a loss, an optimizer. A run's <c>config.json</c> identifies it by its class
/// name, its public properties and, for a class outside this library or one given by its type alone, a hash of its code. Code is never stored: a resumed
/// run gets the part again.
/// </summary>
public abstract record MethodPart
{
    private const string ClassName = "name";
    private const string Properties = "options";
    private const string CodeOf = "code";

    /// <summary>The class name.</summary>
    [JsonIgnore]
    public string Name => Code.Name;

    /// <summary>The class whose code the part runs.</summary>
    protected virtual Type Code => GetType();

    /// <summary>The content of a configuration.</summary>
    internal JsonObject Identity()
    {
        var identity = new JsonObject { [ClassName] = Name };
        var options = JsonSerializer.SerializeToNode(this, GetType(), JsonFile.Options)!.AsObject();
        if (options.Count > 0)
        {
            identity[Properties] = options;
        }

        if (Code != GetType() || Code.Assembly != Kind(GetType()).Assembly)
        {
            identity[CodeOf] = CodeHash.Of(Code);
        }

        return identity;
    }

    /// <summary>Whether a node of a configuration identifies a part whose class is outside this library.</summary>
    internal static bool IsOwnCode(JsonNode? node) => node is JsonObject part && part.ContainsKey(ClassName) && part.ContainsKey(CodeOf);

    /// <summary>Reads a part of this library.</summary>
    /// <exception cref="JsonException">The class is outside this library, or does not exist.</exception>
    internal static MethodPart Read(JsonObject identity, Type kind)
    {
        var name = (string?)identity[ClassName];
        if (IsOwnCode(identity))
        {
            throw new JsonException($"The code of the part '{name}' is not stored in any file; pass the part again.");
        }

        var type = Array.Find(kind.Assembly.GetTypes(), type => type.Name == name && type.IsSubclassOf(kind) && !type.IsAbstract && !type.IsGenericType)
            ?? throw new JsonException($"'{name}' is no {kind.Name} of this library.");
        return (MethodPart)(identity[Properties] ?? new JsonObject()).Deserialize(type, JsonFile.Options)!;
    }

    /// <summary>Writes the identity of a part; deletes the file for none.</summary>
    internal static void Save(string path, MethodPart? part)
    {
        if (part is null)
        {
            File.Delete(path);
        }
        else
        {
            AtomicFile.WriteText(path, part.Identity().ToJsonString(JsonFile.Options) + "\n");
        }
    }

    /// <summary>The part that a file identifies: one of this library, or the given one if it is the same. Null without a file.</summary>
    /// <exception cref="StorageException">The file is damaged, or the given part is another.</exception>
    internal static T? Resolve<T>(string path, T? given)
        where T : MethodPart
    {
        var stored = File.Exists(path) ? JsonFile.Load<JsonObject>(path, (message, error) => new MethodPartException(message, error)) : null;
        if (given is not null ? JsonNode.DeepEquals(stored, given.Identity()) : stored is null || !IsOwnCode(stored))
        {
            try
            {
                return given ?? (stored is null ? null : (T)Read(stored, typeof(T)));
            }
            catch (JsonException error)
            {
                throw new MethodPartException($"{path} is not valid: {JsonFile.FirstSentence(error.Message)}", error);
            }
        }

        throw new MethodPartException(
            $"{path} identifies {Words(stored)}, and {(given is null ? "no code was" : Words(given.Identity()) + " was")} passed; pass the code that was used for training.");
    }

    /// <summary>Name, options and the beginning of the hash, for a sentence.</summary>
    internal static string Words(JsonNode? identity)
    {
        const int shown = 15;
        const int most = 200; // of options
        return identity is JsonObject part
            ? $"'{part[ClassName]}'{(part[Properties] is { } options ? " with " + Start(options.ToJsonString(), most) : "")}"
                + $"{((string?)part[CodeOf] is { } code ? $" (code {Start(code, shown)})" : "")}"
            : "the published part";

        static string Start(string text, int length) => text[..Math.Min(length, text.Length)];
    }

    // The class below MethodPart, such as Relaxation.
    private static Type Kind(Type type) => type.BaseType == typeof(MethodPart) ? type : Kind(type.BaseType!);
}

/// <summary>Writes a part of the method as its identity, and reads the parts of this library.</summary>
/// <typeparam name="T">The kind of part.</typeparam>
public sealed class MethodPartConverter<T> : JsonConverter<T>
    where T : MethodPart
{
    /// <inheritdoc/>
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonNode.Parse(ref reader) is JsonObject identity
            ? (T)MethodPart.Read(identity, typeof(T))
            : throw new JsonException("Expected an object with the field 'name'.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => value.Identity().WriteTo(writer);
}

/// <summary>A part of the method that does not fit the files of a run.</summary>
public sealed class MethodPartException(string message, Exception? innerException = null) : AdwUNetException(message, innerException);
