namespace AdwUNet.Preprocessing;

/// <summary>Settings of preprocessing that do not change the voxels.</summary>
public sealed record PreprocessingOptions
{
    /// <summary>How many cases are worked on at once; each takes less than four times the memory of its voxels in single precision.</summary>
    public int MaxParallelism { get; init; } = Environment.ProcessorCount;

    /// <summary>
    /// How much memory, in bytes, the cases that are worked on may take together: a case waits for the others to leave enough, and one
    /// that needs more is worked on alone. Half of what the process may have.
    /// </summary>
    public long MaxMemory { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;

    /// <summary>Whether to replace a store of another plan; otherwise such a store is an error.</summary>
    public bool Replace { get; init; }

    /// <summary>The largest number of foreground voxels of a class that are listed for sampling (nnU-Net v1).</summary>
    public int ForegroundVoxels { get; init; } = 10_000;

    /// <summary>The smallest share of them that is listed, even if it exceeds the largest number (nnU-Net v1).</summary>
    public double MinForegroundShare { get; init; } = 0.01;

    /// <summary>The seed with which they are drawn (nnU-Net v1).</summary>
    public uint Seed { get; init; } = 1234;
}
