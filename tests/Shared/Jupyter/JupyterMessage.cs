using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using NetMQ;

namespace AdwUNet.Tests.Jupyter;

/// <summary>One message of Jupyter's protocol, as a front end sees it.</summary>
/// <param name="Header">Who sent it, when, of which type.</param>
/// <param name="Parent">The header of the message that it answers; empty where there is none.</param>
/// <param name="Metadata">Whatever the sender adds.</param>
/// <param name="Content">What the type asks for.</param>
public sealed record JupyterMessage(JsonObject Header, JsonObject Parent, JsonObject Metadata, JsonObject Content)
{
    private static readonly byte[] Delimiter = "<IDS|MSG>"u8.ToArray();

    /// <summary>Such as <c>execute_reply</c>.</summary>
    public string Type => (string)Header["msg_type"]!;

    /// <summary>The identifier of this message.</summary>
    public string Id => (string)Header["msg_id"]!;

    /// <summary>The identifier of the message that this one answers, or an empty string.</summary>
    public string ParentId => (string?)Parent["msg_id"] ?? "";

    /// <summary>A message of this type with a fresh identifier.</summary>
    public static JupyterMessage New(string session, string type, JsonObject content) => new(
        new JsonObject
        {
            ["msg_id"] = Guid.NewGuid().ToString("N"),
            ["session"] = session,
            ["username"] = "test",
            ["date"] = DateTime.UtcNow.ToString("o"),
            ["msg_type"] = type,
            ["version"] = "5.4",
        },
        [],
        [],
        content);

    /// <summary>The frames as they go over the wire.</summary>
    /// <param name="key">The key of the connection file.</param>
    /// <param name="content">The text to send in place of the content, or null.</param>
    public NetMQMessage ToFrames(string key, string? content = null)
    {
        byte[][] parts = [.. new[] { Header, Parent, Metadata, Content }.Select(part => Encoding.UTF8.GetBytes(part.ToJsonString()))];
        if (content is not null) parts[^1] = Encoding.UTF8.GetBytes(content);
        var frames = new NetMQMessage();
        frames.Append(Delimiter);
        frames.Append(Sign(key, parts));
        foreach (var part in parts)
        {
            frames.Append(part);
        }

        return frames;
    }

    /// <summary>Reads frames and checks their signature.</summary>
    /// <exception cref="InvalidDataException">The frames are no message, or are signed with another key.</exception>
    public static JupyterMessage FromFrames(NetMQMessage frames, string key)
    {
        var at = 0;
        while (at < frames.FrameCount && !frames[at].ToByteArray().AsSpan().SequenceEqual(Delimiter))
        {
            at++;
        }

        if (frames.FrameCount < at + 6) throw new InvalidDataException($"A message of {frames.FrameCount} frames, the delimiter at {at}.");
        byte[][] parts = [.. Enumerable.Range(at + 2, 4).Select(index => frames[index].ToByteArray())];
        var signature = frames[at + 1].ConvertToString();
        if (signature != Sign(key, parts)) throw new InvalidDataException("A message with a wrong signature.");
        var read = parts.Select(part => JsonNode.Parse(part)!.AsObject()).ToArray();
        return new JupyterMessage(read[0], read[1], read[2], read[3]);
    }

    private static string Sign(string key, byte[][] parts)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(key));
        foreach (var part in parts)
        {
            hash.AppendData(part);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
