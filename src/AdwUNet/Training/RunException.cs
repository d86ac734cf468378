namespace AdwUNet.Training;

/// <summary>A run that cannot start, continue or go on.</summary>
public sealed class RunException(string message, Exception? innerException = null) : AdwUNetException(message, innerException);
