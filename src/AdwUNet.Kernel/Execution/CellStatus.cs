namespace AdwUNet.Kernel.Execution;

/// <summary>How a cell ended.</summary>
internal enum CellStatus
{
    /// <summary>To its end.</summary>
    Succeeded,

    /// <summary>With an error.</summary>
    Failed,

    /// <summary>By the wish of the person who started it.</summary>
    Cancelled,
}
