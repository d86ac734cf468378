namespace AdwUNet.Prediction;

/// <summary>An image cannot be segmented: it does not fit the plan or the network, or the options make no sense.</summary>
public sealed class SegmentationException : AdwUNetException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">One sentence: what was found, where, what to do.</param>
    /// <param name="innerException">What caused it, if anything did.</param>
    public SegmentationException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
