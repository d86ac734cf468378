namespace AdwUNet.Experiments;

/// <summary>An experiment that lacks something: a dataset, a profile, the result of an earlier step.</summary>
public sealed class ExperimentException(string message, Exception? innerException = null) : AdwUNetException(message, innerException);
