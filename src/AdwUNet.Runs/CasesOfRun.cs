using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using AdwUNet.Training;

namespace AdwUNet.Runs;

/// <summary>The cases that a configuration names, among those at hand.</summary>
/// <param name="configPath">The configuration, for the message.</param>
/// <param name="cases">The cases at hand.</param>
internal sealed class CasesOfRun(string configPath, IEnumerable<IPreprocessedCase> cases)
{
    private readonly Dictionary<string, IPreprocessedCase> _byId = cases.ToDictionary(c => c.Id, StringComparer.Ordinal);

    /// <exception cref="RunException">One is not there.</exception>
    public IReadOnlyList<IPreprocessedCase> Named(IEnumerable<string> ids) => [.. ids.Select(id => _byId.TryGetValue(id, out var found)
        ? found
        : throw new RunException($"{configPath} names the case {id}, which is not among the {_byId.Count} given; preprocess the dataset that it belongs to."))];
}
