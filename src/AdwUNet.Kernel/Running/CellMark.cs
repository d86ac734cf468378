namespace AdwUNet.Kernel.Running;

/// <summary>The status in a cell's progress line.</summary>
internal enum CellMark
{
    /// <summary>It ran to its end.</summary>
    Succeeded,

    /// <summary>It was skipped because of its tag <c>skip-execution</c>.</summary>
    Skipped,

    /// <summary>It failed, and its tag <c>raises-exception</c> allows that.</summary>
    Raised,

    /// <summary>It failed.</summary>
    Failed,

    /// <summary>The run was stopped during the cell.</summary>
    Stopped,
}
