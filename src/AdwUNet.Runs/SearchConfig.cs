using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Search;
using AdwUNet.Training;

namespace AdwUNet.Runs;

/// <summary>All inputs of a search, with a hash in the place of the voxels of each case: the content of its <c>config.json</c>.</summary>
/// <param name="Kind">Always <see cref="KindOfRun"/>.</param>
/// <param name="Plan">The plan.</param>
/// <param name="Space">The search space.</param>
/// <param name="Options">The options of the search.</param>
/// <param name="A">The cases of half A.</param>
/// <param name="B">The cases of half B.</param>
/// <param name="Validation">The validation cases.</param>
internal sealed record SearchConfig(
    string Kind,
    Plan Plan,
    SearchSpace Space,
    SearchOptions Options,
    IReadOnlyList<string> A,
    IReadOnlyList<string> B,
    IReadOnlyList<string> Validation) : IRunConfig
{
    public const string KindOfRun = "search";

    /// <summary>The content hashes of the cases.</summary>
    public IReadOnlyDictionary<string, string?> Content { get; init; } = CaseContent.Of();

    // Explicit, so that they are no fields of config.json.
    int IRunConfig.Epochs => Options.Epochs;

    int IRunConfig.IterationsPerEpoch => Options.IterationsPerEpoch;

    StepMemory IRunConfig.Memory => new(Options.Sampling.SizesOf(Plan), sizes => NetworkCost.Of(Space, sizes), KindOfRun);

    /// <inheritdoc/>
    public void Validate()
    {
        Plan.Validate();
        Space.Validate();
        Options.Validate();
        Options.Sampling.Validate(Plan);
        if (Options.Budget is { Weight: null } budget)
        {
            var smallest = budget.Cost(Every(Space.AdaptsDepth ? 1 : Space.MaxDepth, width => Space.WidthOptions(width)[0]), Plan);
            var largest = budget.Cost(Every(Space.MaxDepth, width => width), Plan);
            RunException.RequireBetween("search", $"Budget.Limit ({budget.Model?.Name ?? $"{budget.Kind}"})", budget.Limit, smallest, largest);
        }
    }

    private Architecture Every(int depth, Func<int, int> width) =>
        Architecture.FromWidths([.. Space.BlockWidths(Plan.PoolCount).Select(largest => Enumerable.Repeat(width(largest), depth).ToArray())]);
}
