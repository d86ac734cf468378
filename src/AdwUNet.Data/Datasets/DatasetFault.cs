namespace AdwUNet.Datasets;

/// <summary>One thing that is wrong with one case of a dataset.</summary>
/// <param name="CaseId">The case.</param>
/// <param name="Description">What is wrong, with the values found.</param>
public sealed record DatasetFault(string CaseId, string Description)
{
    /// <inheritdoc/>
    public override string ToString() => $"{CaseId}: {Description}";
}
