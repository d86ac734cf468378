namespace AdwUNet.Architectures;

/// <summary>An architecture or a search space that no network can be built from.</summary>
public sealed class ArchitectureException(string message, Exception? innerException = null)
    : AdwUNetException(message, innerException);
