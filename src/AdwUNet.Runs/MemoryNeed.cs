namespace AdwUNet.Runs;

/// <summary>The memory that a run needs on its card, estimated from the costs of its network before it starts.</summary>
/// <param name="Kind">What runs: search or training.</param>
/// <param name="Bytes">About what a step takes, the network included.</param>
/// <param name="Card">The card's name.</param>
/// <param name="Free">Bytes that are free there. What this process keeps for its next tensors does not count as free.</param>
/// <param name="Total">All bytes of the card.</param>
public sealed record MemoryNeed(string Kind, double Bytes, string Card, double Free, double Total)
{
    /// <summary>The estimate is above what a step takes by up to as much.</summary>
    internal const double Tolerance = 0.9;

    /// <summary>Whether the run does not fit into the card even if nothing else uses it.</summary>
    internal bool IsTooMuch => Bytes * Tolerance > Total;

    /// <summary>Such as <c>This search needs about 22.0 GB; NVIDIA A10 has 24.0 GB</c>.</summary>
    public override string ToString() =>
        $"This {Kind} needs about {OutOfMemory.Words(Bytes)}; {Card} has {OutOfMemory.Words(Total)}" + (Free < Tolerance * Total ? $", of which {OutOfMemory.Words(Free)} are free" : "");
}
