using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AdwUNet.Imaging;

/// <summary>Writes a <see cref="Spacing3"/> as <c>[z, y, x]</c> on one line, however the rest is indented.</summary>
internal sealed class Spacing3JsonConverter : JsonConverter<Spacing3>
{
    public override Spacing3 Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var values = JsonFile.ReadPart<double[]>(ref reader, options);
        return values is { Length: 3 }
            ? Spacing3.From(values)
            : throw new JsonException("Expected three numbers [z, y, x].");
    }

    public override void Write(Utf8JsonWriter writer, Spacing3 value, JsonSerializerOptions options) =>
        writer.WriteRawValue(string.Create(CultureInfo.InvariantCulture, $"[{value.Z}, {value.Y}, {value.X}]"));
}
