namespace AdwUNet.Evaluation;

/// <summary>A segmentation cannot be compared with its reference, or a report cannot be read.</summary>
public sealed class EvaluationException : AdwUNetException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">One sentence: what was found, where, what to do.</param>
    /// <param name="innerException">What caused it, if anything did.</param>
    public EvaluationException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
