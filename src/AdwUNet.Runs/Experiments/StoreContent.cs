using System.Security.Cryptography;
using AdwUNet.Preprocessing;
using AdwUNet.Runs;

namespace AdwUNet.Experiments;

/// <summary>The content of all preprocessed cases of a store, by which results are compared with the data of now.</summary>
/// <param name="store">The store.</param>
internal sealed class StoreContent(CaseStore store)
{
    private readonly IReadOnlyDictionary<string, string?> _cases = CaseContent.Of(store.Cases);

    /// <summary>A hash of it.</summary>
    public string Hash => field ??= Convert.ToHexStringLower(SHA256.HashData(JsonFile.Serialize(_cases)));

    /// <summary>The hash of each case.</summary>
    public IReadOnlyDictionary<string, string?> Cases => _cases;
}
