using AdwUNet.Planning;
using AdwUNet.Preprocessing;

namespace AdwUNet.Search;

/// <summary>The cases of a search.</summary>
/// <param name="A">The half that only architecture steps use.</param>
/// <param name="B">The half that weight steps and architecture steps use.</param>
/// <param name="Validation">Cases that no step uses.</param>
public sealed record SearchCases(
    IReadOnlyList<IPreprocessedCase> A,
    IReadOnlyList<IPreprocessedCase> B,
    IReadOnlyList<IPreprocessedCase> Validation);
