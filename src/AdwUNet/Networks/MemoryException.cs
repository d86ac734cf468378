using AdwUNet.Imaging;

namespace AdwUNet.Networks;

/// <summary>There is not enough memory; the message says for what, how much it takes, and what would fit.</summary>
public sealed class MemoryException : AdwUNetException
{
    internal MemoryException(string message, Exception innerException, Shape3? patchSize = null, int? batchSize = null)
        : base(message, innerException) => (PatchSize, BatchSize) = (patchSize, batchSize);

    /// <summary>A patch that would fit, with <see cref="BatchSize"/>; null where none would, or where the patch is not what to change.</summary>
    public Shape3? PatchSize { get; }

    /// <summary>A batch that would fit; null where none would.</summary>
    public int? BatchSize { get; }
}
