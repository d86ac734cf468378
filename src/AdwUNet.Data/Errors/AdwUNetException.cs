namespace AdwUNet;

/// <summary>
/// The base of every error that this library raises on purpose: one sentence that says what was found, where,
/// and what to do about it.
/// </summary>
public class AdwUNetException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">One sentence: what was found, where, what to do.</param>
    /// <param name="innerException">What caused it, if anything did.</param>
    public AdwUNetException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
