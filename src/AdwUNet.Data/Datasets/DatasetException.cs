namespace AdwUNet.Datasets;

/// <summary>A dataset cannot be used: its description cannot be read, or some of its cases have faults.</summary>
public sealed class DatasetException : AdwUNetException
{
    /// <summary>Faults that the message spells out; all are in <see cref="Faults"/>.</summary>
    private const int FaultsInMessage = 50;

    /// <summary>Creates the error of a description that cannot be used.</summary>
    /// <param name="message">One sentence: what was found, where, what to do.</param>
    /// <param name="innerException">What caused it, if anything did.</param>
    public DatasetException(string message, Exception? innerException = null)
        : base(message, innerException) => Faults = [];

    /// <summary>Creates the error of a dataset with faulty cases.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="faults">All faults of all cases, at least one.</param>
    internal DatasetException(Dataset dataset, IReadOnlyList<DatasetFault> faults)
        : base(Describe(dataset, faults)) => Faults = faults;

    /// <summary>All faults found, in the order of the cases; empty if the dataset's description itself is at fault.</summary>
    public IReadOnlyList<DatasetFault> Faults { get; }

    private static string Describe(Dataset dataset, IReadOnlyList<DatasetFault> faults)
    {
        if (faults is [var only])
        {
            return $"Case {only.CaseId} of dataset {dataset.Name} ({dataset.Folder}) has a fault: {only.Description.TrimEnd('.')}; "
                + $"correct the file or remove the case from {Dataset.DescriptionFile}.";
        }

        var cases = faults.Select(fault => fault.CaseId).Distinct().Count();
        var lines = faults.Take(FaultsInMessage).Select(fault => $"  {fault}").ToList();
        if (faults.Count > FaultsInMessage) lines.Add($"  ... and {faults.Count - FaultsInMessage} more");
        return $"Found {faults.Count} fault(s) in {cases} of {dataset.Cases.Count} cases of dataset {dataset.Name} "
            + $"({dataset.Folder}); correct these files or remove the cases from {Dataset.DescriptionFile}:\n"
            + string.Join('\n', lines);
    }
}
