using AdwUNet.Preprocessing;
using AdwUNet.Runs;

namespace AdwUNet.Experiments;

/// <summary>The contents of the cases that a result was computed from, to compare with those of now.</summary>
/// <param name="Path">The result's folder or file, for the error message.</param>
/// <param name="Fold">The fold.</param>
/// <param name="Content">The content hashes.</param>
/// <param name="Used">Which cases of the fold such a result uses.</param>
internal sealed record KnownCases(
    string Path, int Fold, IReadOnlyDictionary<string, string?> Content, Func<CaseStore, ExperimentCases, IEnumerable<IPreprocessedCase>> Used)
{
    public static KnownCases OfSearch(string folder, int fold) =>
        new(folder, fold, new RunFolder(folder).Content, (_, cases) => [.. cases.Search.A, .. cases.Search.B, .. cases.Search.Validation]);

    public static KnownCases OfTraining(string folder, int fold) =>
        new(folder, fold, new RunFolder(folder).Content, (_, cases) => [.. cases.Training, .. cases.Monitor]);

    /// <summary>Of an evaluation on the cases of the fold that neither search nor training used.</summary>
    public static KnownCases OfEvaluation(string path, int fold, IReadOnlyDictionary<string, string?> content) => new(path, fold, content, Tested);

    public static IEnumerable<IPreprocessedCase> Tested(CaseStore store, ExperimentCases cases) => cases.TestIds.Select(id => store[id]);
}
