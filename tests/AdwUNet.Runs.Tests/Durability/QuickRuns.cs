using AdwUNet.Architectures;
using AdwUNet.Experiments;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using AdwUNet.Runs;
using AdwUNet.Search;
using AdwUNet.Tests.Planning;
using AdwUNet.Tests.Sampling;
using AdwUNet.Training;

namespace AdwUNet.Runs.Tests.Durability;

/// <summary>The search and the training of the profile <c>quick</c> on cases in memory.</summary>
internal static class QuickRuns
{
    private static readonly Shape3 Shape = new(28, 40, 30);

    public static Profile Profile { get; } = Profile.Named("quick");

    /// <summary>What the planner makes of the phantom in this profile.</summary>
    public static Plan Plan { get; } = TestPlans.Small(new Spacing3(1, 1, 1)) with
    {
        PatchSize = new(24, 32, 24),
        BatchSize = 2,
        PoolKernels = [Shape3.Cube(2), Shape3.Cube(2)],
        ConvKernels = [Shape3.Cube(3), Shape3.Cube(3), Shape3.Cube(3)],
    };

    public static Architecture Architecture { get; } = Architecture.FromWidths([[6, 8], [16, 16, 12], [40, 24], [20, 24], [12, 8, 12]]);

    public static SearchRun Search(string folder, SearchOptions options, int threads) => new(
        folder, Plan, Profile.Space(Family.AdwUNet), new SearchCases(Cases(0), Cases(10), Cases(20)), options, loaderThreads: threads);

    public static TrainingRun TrainingRun(string folder, TrainingOptions options, int threads) =>
        new(folder, Plan, Architecture, Cases(0), Cases(20), options, loaderThreads: threads);

    private static IReadOnlyList<IPreprocessedCase> Cases(int first) => [.. Enumerable.Range(first, 3).Select(i => FakeCase.Random(i, Shape))];
}
