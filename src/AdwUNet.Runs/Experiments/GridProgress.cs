namespace AdwUNet.Experiments;

/// <summary>How far a run of a grid is.</summary>
/// <param name="Run">The run.</param>
/// <param name="Stage">What it does: <c>search</c>, <c>training</c>, <c>evaluation</c>, or <c>finished</c>.</param>
/// <param name="Done">Completed iterations of search and training, also those of earlier processes.</param>
/// <param name="Total">All its iterations: <see cref="GridRun.Iterations"/>.</param>
public readonly record struct GridProgress(GridRun Run, string Stage, int Done, int Total);
