using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using AdwUNet.Training;

namespace AdwUNet.Runs;

/// <summary>Finds the cases that a configuration names.</summary>
/// <param name="configPath">The path of the configuration, for the error message.</param>
/// <param name="cases">The available cases.</param>
/// <param name="content">The content hashes in the configuration.</param>
internal sealed class CasesOfRun(string configPath, IEnumerable<IPreprocessedCase> cases, IReadOnlyDictionary<string, string?> content)
{
    private readonly Dictionary<string, IPreprocessedCase> _byId = cases.ToDictionary(c => c.Id, StringComparer.Ordinal);

    /// <exception cref="RunException">A case is missing or has other content.</exception>
    public IReadOnlyList<IPreprocessedCase> Named(IEnumerable<string> ids) => [.. ids.Select(id => !_byId.TryGetValue(id, out var found)
        ? throw new RunException($"{configPath} names the case {id}, which is not among the {_byId.Count} given; preprocess the dataset that it belongs to.")
        : found.ContentHash is { } now && content.GetValueOrDefault(id, now) != now
            ? throw new RunException($"{configPath} was made with other content of the case {id}; preprocess the data of that run, or start a new one without its config.json.")
            : found)];
}
