using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AdwUNet.Imaging;

/// <summary>Writes a <see cref="Shape3"/> as <c>[z, y, x]</c> on one line, however the rest is indented.</summary>
internal sealed class Shape3JsonConverter : JsonConverter<Shape3>
{
    public override Shape3 Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var values = JsonFile.ReadPart<int[]>(ref reader, options);
        return values is { Length: 3 }
            ? Shape3.From(values)
            : throw new JsonException("Expected three whole numbers [z, y, x].");
    }

    public override void Write(Utf8JsonWriter writer, Shape3 value, JsonSerializerOptions options) =>
        writer.WriteRawValue(string.Create(CultureInfo.InvariantCulture, $"[{value.Z}, {value.Y}, {value.X}]"));
}
