namespace AdwUNet;

/// <summary>A case cannot be preprocessed, or a store of preprocessed cases is incomplete, damaged or another plan's.</summary>
public sealed class PreprocessingException : AdwUNetException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">One sentence that names the case or the store: what was found, where, what to do.</param>
    /// <param name="innerException">What caused it, if anything did.</param>
    public PreprocessingException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
