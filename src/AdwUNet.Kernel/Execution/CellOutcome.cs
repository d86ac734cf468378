namespace AdwUNet.Kernel.Execution;

/// <summary>The outcome of executing one cell.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="ExecutionCount">The number of the execution in its session, from 1.</param>
/// <param name="Error">The error, if the cell did not succeed.</param>
internal sealed record CellOutcome(CellStatus Status, int ExecutionCount, CellError? Error);
