namespace AdwUNet;

/// <summary>One case is done.</summary>
/// <param name="Done">Cases done so far.</param>
/// <param name="Total">All cases.</param>
/// <param name="CaseId">The case.</param>
/// <param name="Reused">Whether it was there already.</param>
public sealed record PreprocessingProgress(int Done, int Total, string CaseId, bool Reused);
