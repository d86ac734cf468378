using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AdwUNet.Experiments;

/// <summary>One of the settings that a grid compares.</summary>
public sealed class GridVariant
{
    private readonly Lazy<JsonObject> _json;
    private readonly Lazy<string> _hash;

    internal GridVariant(string name, RunSettings settings)
    {
        (Name, Settings) = (name, settings);
        _json = new(() => JsonSerializer.SerializeToNode(settings, JsonFile.Options)!.AsObject());
        _hash = new(() => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(_json.Value, JsonFile.Line))));
    }

    /// <summary>What differs, such as <c>depth up to 4</c>; also the name of its folder.</summary>
    public string Name { get; }

    /// <summary>The settings of its runs, without their seeds.</summary>
    public RunSettings Settings { get; }

    /// <summary>The settings as JSON. Code of the reader's own is in it as a hash.</summary>
    internal JsonObject Json => _json.Value;

    /// <summary>A hash of <see cref="Json"/>.</summary>
    internal string Hash => _hash.Value;

    /// <inheritdoc/>
    public override string ToString() => Name;
}
