namespace AdwUNet.Kernel.Execution;

/// <summary>How a cell ended.</summary>
internal enum CellStatus
{
    /// <summary>It ran to its end.</summary>
    Succeeded,

    /// <summary>It failed with an error.</summary>
    Failed,

    /// <summary>The person who started it stopped it.</summary>
    Cancelled,
}
