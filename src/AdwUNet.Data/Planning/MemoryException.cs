using AdwUNet.Imaging;

namespace AdwUNet.Planning;

/// <summary>There is not enough memory. The message says what needs how much, and what would fit.</summary>
public sealed class MemoryException : AdwUNetException
{
    internal MemoryException(string message, Exception? innerException, Shape3? patchSize = null, int? batchSize = null)
        : base(message, innerException) => (PatchSize, BatchSize) = (patchSize, batchSize);

    /// <summary>A patch that would fit together with <see cref="BatchSize"/>; null if none would fit, or if another patch would not help.</summary>
    public Shape3? PatchSize { get; }

    /// <summary>A batch size that would fit; null if none would.</summary>
    public int? BatchSize { get; }
}
