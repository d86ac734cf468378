using System.Text.Json.Nodes;

namespace AdwUNet.Kernel.Jupyter;

/// <summary>A message from a front end whose signature is right.</summary>
/// <param name="Identities">The way back to who sent it.</param>
/// <param name="Header">Its header as it came: what the answers name as their parent.</param>
/// <param name="Type">The type of message.</param>
/// <param name="Body">The content; null if it is not a JSON object.</param>
internal sealed record Request(IReadOnlyList<byte[]> Identities, byte[] Header, string Type, JsonObject? Body)
{
    private const string Suffix = "_request";

    /// <summary>The content.</summary>
    /// <exception cref="NotebookException">It is not a JSON object.</exception>
    public JsonObject Content => Body ?? throw new NotebookException($"The content of the message of type '{Type}' is not a JSON object.");

    /// <summary>The type of the answer to it.</summary>
    public string ReplyType => (Type.EndsWith(Suffix, StringComparison.Ordinal) ? Type[..^Suffix.Length] : Type) + "_reply";

    /// <summary>How many messages the kernel had received when this one came.</summary>
    public long Number { get; init; }
}
