namespace AdwUNet.Kernel.Execution;

/// <summary>Why a cell failed.</summary>
/// <param name="Name">The kind of error: an exception type's name.</param>
/// <param name="Message">What happened, for a reader.</param>
/// <param name="Traceback">The lines to show below the cell: the message, then the cell's own lines that led there.</param>
internal sealed record CellError(string Name, string Message, IReadOnlyList<string> Traceback);
