using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using AdwUNet.Kernel.Notebooks;

namespace AdwUNet.Kernel.Jupyter;

/// <summary>
/// Messages as frames, by the Jupyter messaging protocol: identities, a delimiter, the signature, then header, parent header, metadata
/// and content as JSON. (Further frames are binary buffers, of which no message that this kernel knows has any.)
/// </summary>
internal sealed class Framing(MessageSigner signer)
{
    /// <summary>The version of the protocol that is spoken here.</summary>
    public const string ProtocolVersion = "5.4";

    private const int Parts = 4;

    private static readonly byte[] Delimiter = "<IDS|MSG>"u8.ToArray();
    private static readonly byte[] Empty = "{}"u8.ToArray();

    // Only quotes, backslashes and control characters need escapes: JSON here is never part of a page.
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _session = Guid.NewGuid().ToString("N");
    private long _count;

    /// <summary>Reads a message; null if it has no header or a wrong signature.</summary>
    public Request? TryRead(IReadOnlyList<byte[]> frames)
    {
        var delimiter = 0;
        while (delimiter < frames.Count && !frames[delimiter].AsSpan().SequenceEqual(Delimiter))
            delimiter++;
        var first = delimiter + 2;
        if (frames.Count < first + Parts)
            return null;
        // Unsigned content is not parsed.
        if (!signer.IsValid(frames[first - 1], frames[first], frames[first + 1], frames[first + 2], frames[first + 3]))
            return null;
        return JsonReading.TryParseObject(frames[first]).Text("msg_type") is { } type
            ? new Request([.. frames.Take(delimiter)], frames[first], type, JsonReading.TryParseObject(frames[first + 3]))
            : null;
    }

    /// <summary>Makes the frames of a message.</summary>
    /// <param name="identities">The receiver; for outputs, their topic.</param>
    /// <param name="type">The type of message.</param>
    /// <param name="parent">The header of the message that led to this one; empty where none did.</param>
    /// <param name="content">The content.</param>
    public List<byte[]> Write(IEnumerable<byte[]> identities, string type, byte[] parent, JsonObject content)
    {
        var header = Encode(new JsonObject
        {
            ["msg_id"] = $"{_session}_{Interlocked.Increment(ref _count).ToString(CultureInfo.InvariantCulture)}",
            ["session"] = _session,
            ["username"] = "kernel",
            ["date"] = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
            ["msg_type"] = type,
            ["version"] = ProtocolVersion,
        });
        parent = parent.Length > 0 ? parent : Empty;
        var body = Encode(content);
        return [.. identities, Delimiter, signer.Sign(header, parent, Empty, body), header, parent, Empty, body];
    }

    /// <summary>The topic under which an output is published.</summary>
    public byte[] TopicOf(string type) => Encoding.UTF8.GetBytes($"kernel.{_session}.{type}");

    private static byte[] Encode(JsonObject json)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Writing))
            json.WriteTo(writer);
        return buffer.WrittenSpan.ToArray();
    }
}
