namespace AdwUNet.Kernel.Running;

/// <summary>What the line of a cell says about it.</summary>
internal enum CellMark
{
    /// <summary>It ran to its end.</summary>
    Succeeded,

    /// <summary>Its tag <c>skip-execution</c> kept it from being run.</summary>
    Skipped,

    /// <summary>It failed, which its tag <c>raises-exception</c> allows.</summary>
    Raised,

    /// <summary>It failed.</summary>
    Failed,

    /// <summary>The run was stopped while it ran.</summary>
    Stopped,
}
