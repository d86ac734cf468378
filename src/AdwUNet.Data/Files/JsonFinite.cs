using System.Text.Json;
using System.Text.Json.Serialization;

namespace AdwUNet;

/// <summary>Reads real numbers, and refuses those that are too large to be one: as infinities they could be read but never written again.</summary>
internal sealed class JsonFinite : JsonConverter<double>
{
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.Number)
        {
            throw new JsonException($"Expected a number, found {reader.TokenType}.");
        }

        var value = reader.GetDouble();
        return double.IsFinite(value) ? value : throw new JsonException("Expected a number that 64 bits can hold.");
    }

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}
