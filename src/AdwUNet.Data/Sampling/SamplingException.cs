namespace AdwUNet.Sampling;

/// <summary>A batch could not be made; the message names the case.</summary>
public sealed class SamplingException : AdwUNetException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">One sentence: what was found, where, what to do.</param>
    /// <param name="innerException">What caused it, if anything did.</param>
    public SamplingException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
