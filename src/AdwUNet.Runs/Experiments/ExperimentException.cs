namespace AdwUNet.Experiments;

/// <summary>An experiment lacks something: a dataset, a profile or the result of an earlier step.</summary>
public sealed class ExperimentException(string message, Exception? innerException = null) : AdwUNetException(message, innerException);
