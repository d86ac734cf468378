namespace AdwUNet.Datasets;

/// <summary>The classes of a dataset and what its labels mean beyond them.</summary>
/// <param name="Classes">The name of each class; the index is the label.</param>
/// <param name="Scheme">Regions, the ignore label, values with gaps; null where there is nothing of that kind.</param>
internal sealed record DatasetLabels(IReadOnlyList<string> Classes, LabelScheme? Scheme = null)
{
    /// <summary>What is done to label maps when they are read.</summary>
    public IReadOnlyList<int> FileValues => Scheme?.FileValues ?? [];

    /// <summary>Classes of names by label value; values with gaps are refused, or numbered anew.</summary>
    /// <param name="byValue">The name of each value.</param>
    /// <param name="field">Where the values come from, for errors.</param>
    /// <param name="renumber">Whether gaps are closed; null where that cannot be asked for.</param>
    /// <param name="fault">Makes an error of the rest of a sentence.</param>
    public static DatasetLabels Of(SortedDictionary<int, string> byValue, string field, bool? renumber, Func<string, DatasetException> fault)
    {
        int[] values = [.. byValue.Keys];
        var gap = Enumerable.Range(0, values.Length).FirstOrDefault(i => values[i] != i, -1);
        if (gap >= 0 && (renumber is not true || values[0] != 0))
        {
            var offer = renumber is null ? "" : ", or load the dataset with new DatasetOptions { RenumberLabels = true }, which does so while reading (0 must be the background)";
            throw fault($"numbers {field} {string.Join(", ", values)}, without {gap}; number them 0, 1, 2 ... without gaps, in the files too{offer}");
        }

        if (values.Length < 2) throw fault($"names no class beside background in {field}");
        return new DatasetLabels([.. byValue.Values], gap < 0 ? null : new LabelScheme { FileValues = values });
    }
}
