using AdwUNet.Verdict;

namespace AdwUNet.Interactive;

public static partial class Charts
{
    /// <summary>The differences of many methods to one baseline, with 95 % intervals, and the band within which they count as equal.</summary>
    /// <param name="comparisons">Comparisons with one baseline (<see cref="Comparison.Of(IReadOnlyList{Experiments.GridResult}, IReadOnlyList{Experiments.GridResult}, double, string?, string?)"/>).</param>
    /// <exception cref="ChartException">There is none, or they have several margins or baselines.</exception>
    public static HtmlFigure Differences(IReadOnlyList<Comparison> comparisons) => new(
        DrawingOf(comparisons).ToHtml(AboutDifferences(comparisons)), string.Join(Environment.NewLine, comparisons.Select(comparison => comparison.Sentence)),
        "Each row is a network, compared with the baseline on the same scans. The square is the mean difference, the line its 95 % interval over the scans. A line within the "
        + "dashed band shows that the two are equal for practical purposes; a line that crosses 0 and leaves the band cannot tell.");

    /// <summary>The same as the text of an SVG file.</summary>
    /// <param name="comparisons">As above.</param>
    /// <exception cref="ChartException">As above.</exception>
    public static string DifferencesSvg(IReadOnlyList<Comparison> comparisons) => DrawingOf(comparisons).ToSvg(AboutDifferences(comparisons));

    private static DifferencesDrawing DrawingOf(IReadOnlyList<Comparison> comparisons)
    {
        ArgumentNullException.ThrowIfNull(comparisons);
        if (comparisons.Count == 0) throw new ChartException("There are no comparisons to show; finish the baseline and at least one other run.");
        return comparisons.DistinctBy(comparison => (comparison.Margin, comparison.Other)).Count() == 1
            ? new(comparisons, comparisons[0].Margin)
            : throw new ChartException("The comparisons have several baselines or margins; show those with one baseline and one margin.");
    }

    private static string AboutDifferences(IReadOnlyList<Comparison> comparisons) => $"Differences in Dice of {comparisons.Count} networks to {comparisons[0].Other}";
}
