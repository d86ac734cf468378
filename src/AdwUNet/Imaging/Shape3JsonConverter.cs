using System.Text.Json;
using System.Text.Json.Serialization;

namespace AdwUNet.Imaging;

/// <summary>Writes a <see cref="Shape3"/> as <c>[z, y, x]</c>.</summary>
internal sealed class Shape3JsonConverter : JsonConverter<Shape3>
{
    public override Shape3 Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var values = JsonSerializer.Deserialize<int[]>(ref reader, options);
        return values is { Length: 3 }
            ? Shape3.From(values)
            : throw new JsonException("Expected three whole numbers [z, y, x].");
    }

    public override void Write(Utf8JsonWriter writer, Shape3 value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value.ToArray(), options);
}
