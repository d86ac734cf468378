namespace AdwUNet.Kernel.Execution;

/// <summary>Why a cell failed.</summary>
/// <param name="Name">The kind of error: an exception type's name.</param>
/// <param name="Message">What happened, for a reader.</param>
/// <param name="Traceback">The lines to show below the cell: the message, then the cell's own lines that led there.</param>
internal sealed record CellError(string Name, string Message, IReadOnlyList<string> Traceback);

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

/// <summary>What executing one cell came to.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="ExecutionCount">The number of the execution in its session, from 1.</param>
/// <param name="Error">The error, if it did not succeed.</param>
internal sealed record CellOutcome(CellStatus Status, int ExecutionCount, CellError? Error);
