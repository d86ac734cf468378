using System.Security.Cryptography;
using System.Text;

namespace AdwUNet.Kernel.Jupyter;

/// <summary>Signs messages and checks signatures: only who read the connection file can make a valid one.</summary>
/// <param name="key">The key of the connection file; empty where messages are not signed.</param>
internal sealed class MessageSigner(string key)
{
    /// <summary>The name of the signature scheme.</summary>
    public const string Scheme = "hmac-sha256";

    private readonly byte[] _key = Encoding.UTF8.GetBytes(key);

    /// <summary>The signature of a message's four parts: lower-case hexadecimal digits in ASCII.</summary>
    public byte[] Sign(params ReadOnlySpan<byte[]> parts)
    {
        if (_key.Length == 0)
            return [];
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        foreach (var part in parts)
            hash.AppendData(part);
        return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>Whether a signature is that of the parts. The comparison takes constant time.</summary>
    public bool IsValid(ReadOnlySpan<byte> signature, params ReadOnlySpan<byte[]> parts) =>
        _key.Length == 0 || CryptographicOperations.FixedTimeEquals(signature, Sign(parts));
}
