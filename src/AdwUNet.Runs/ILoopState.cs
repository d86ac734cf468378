namespace AdwUNet.Runs;

/// <summary>What a loop keeps besides tensors.</summary>
internal interface ILoopState
{
    /// <summary>Epochs that are done.</summary>
    int Epoch { get; }

    /// <summary>Iterations of the next that are done.</summary>
    int Iteration { get; }

    /// <summary>The counts, none of which can be below 0.</summary>
    IReadOnlyList<(string Name, long Value)> Counts { get; }
}
