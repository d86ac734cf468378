namespace AdwUNet.Planning;

/// <summary>Settings of preprocessing that do not change the voxels.</summary>
public sealed record PreprocessingOptions
{
    /// <summary>How many cases are worked on at once; each takes a few times its own memory.</summary>
    public int MaxParallelism { get; init; } = Environment.ProcessorCount;

    /// <summary>Whether a store that was made with another plan is made anew; otherwise it is refused.</summary>
    public bool Replace { get; init; }

    /// <summary>At most so many foreground voxels of a class are listed for sampling (nnU-Net v1) ...</summary>
    public int ForegroundVoxels { get; init; } = 10_000;

    /// <summary>... but at least this share of them (nnU-Net v1).</summary>
    public double MinForegroundShare { get; init; } = 0.01;

    /// <summary>The seed of their drawing (nnU-Net v1).</summary>
    public uint Seed { get; init; } = 1234;
}

/// <summary>One case is done.</summary>
/// <param name="Done">Cases done so far.</param>
/// <param name="Total">All cases.</param>
/// <param name="CaseId">The case.</param>
/// <param name="Reused">Whether it was there already.</param>
public sealed record PreprocessingProgress(int Done, int Total, string CaseId, bool Reused);
