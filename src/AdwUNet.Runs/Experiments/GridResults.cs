using System.Collections;

namespace AdwUNet.Experiments;

/// <summary>The results of the finished runs of a grid, in the order of the grid's runs.</summary>
public sealed partial class GridResults : IReadOnlyList<GridResult>
{
    private readonly IReadOnlyList<GridResult> _results;

    /// <summary>Collects results.</summary>
    /// <param name="results">Results of one grid.</param>
    public GridResults(IReadOnlyList<GridResult> results) => _results = [.. results];

    /// <inheritdoc/>
    public int Count => _results.Count;

    /// <inheritdoc/>
    public GridResult this[int index] => _results[index];

    /// <summary>The results of a variant.</summary>
    /// <param name="variant">Its name.</param>
    /// <exception cref="ExperimentException">No run of that variant is finished.</exception>
    public GridResults Of(string variant)
    {
        GridResult[] found = [.. _results.Where(result => result.Run.Variant.Name == variant)];
        return found.Length > 0
            ? new(found)
            : throw new ExperimentException(
                $"No run of the variant '{variant}' is finished; finished variants: {string.Join(", ", _results.Select(r => r.Run.Variant.Name).Distinct())}.");
    }

    /// <inheritdoc/>
    public IEnumerator<GridResult> GetEnumerator() => _results.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <exception cref="RunException">A result is damaged, or is that of other settings or cases.</exception>
    internal static GridResults Read(Grid grid)
    {
        // The cases of now, once for each store.
        var data = grid.Runs.Where(run => run.IsFinished).Select(run => run.Variant.Settings).DistinctBy(settings => settings.Planner)
            .ToDictionary(settings => settings.Planner, settings => grid.Experiment.With(settings).CaseContents());
        var results = new GridResult?[grid.Runs.Count];
        try
        {
            Parallel.For(0, results.Length, i =>
            {
                var run = grid.Runs[i];
                results[i] = data.TryGetValue(run.Settings.Planner, out var cases) && run.IsFinished ? run.Result(cases) : null;
            });
        }
        catch (AggregateException errors)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(errors.InnerExceptions[0]);
        }

        return new([.. results.OfType<GridResult>()]);
    }
}
