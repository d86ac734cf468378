namespace AdwUNet.Datasets;

/// <summary>A property of a usable dataset that may be unintended.</summary>
/// <param name="CaseIds">The cases that it is about; empty where it is about the whole dataset.</param>
/// <param name="Description">What was found, and what to do.</param>
public sealed record DatasetWarning(IReadOnlyList<string> CaseIds, string Description)
{
    /// <inheritdoc/>
    public override string ToString() => CaseIds.Count == 0 ? Description : $"{string.Join(", ", CaseIds)}: {Description}";
}

/// <summary>One line of the table of <see cref="DatasetReport"/>.</summary>
/// <param name="Kind">fault, warning or note.</param>
/// <param name="Cases">The cases that it is about.</param>
/// <param name="Description">What was found.</param>
public sealed record DatasetFinding(string Kind, string Cases, string Description);

/// <summary>All that a check of a dataset found.</summary>
/// <param name="Dataset">The dataset.</param>
/// <param name="Faults">Errors that make the dataset unusable, in the order of the cases.</param>
/// <param name="Warnings">Properties that may be unintended.</param>
public sealed record DatasetReport(Dataset Dataset, IReadOnlyList<DatasetFault> Faults, IReadOnlyList<DatasetWarning> Warnings)
{
    private const int ListedCases = 5;

    /// <summary>All findings as a table, faults first; what the dataset's folder does not say and was assumed comes last.</summary>
    public IReadOnlyList<DatasetFinding> Findings =>
    [
        .. Faults.Select(fault => new DatasetFinding("fault", fault.CaseId, fault.Description)),
        .. Warnings.Select(warning => new DatasetFinding("warning", Listed(warning.CaseIds), warning.Description)),
        .. Dataset.Notes.Select(note => new DatasetFinding("note", "", note)),
    ];

    /// <summary>The table as plain text; one sentence where there is nothing to say.</summary>
    public string ToText() => Findings.Count == 0
        ? $"All {Dataset.Cases.Count} cases of {Dataset.Name} can be used."
        : string.Join('\n', Findings.Select(finding => $"{finding.Kind,-8} {finding.Cases}{(finding.Cases.Length > 0 ? ": " : "")}{finding.Description}"));

    /// <summary>Throws if there are faults.</summary>
    /// <exception cref="DatasetException">Cases have faults; all are in its message and its list.</exception>
    public void Require()
    {
        if (Faults.Count > 0) throw new DatasetException(Dataset, Faults);
    }

    private static string Listed(IReadOnlyList<string> ids) => ids.Count <= ListedCases
        ? string.Join(", ", ids)
        : $"{string.Join(", ", ids.Take(ListedCases))} and {ids.Count - ListedCases} more";
}
