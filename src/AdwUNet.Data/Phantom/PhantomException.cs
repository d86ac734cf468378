namespace AdwUNet.Phantom;

/// <summary>A phantom dataset cannot be made: an option is out of range, or the folder holds something else.</summary>
public sealed class PhantomException : AdwUNetException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">One sentence: what was found, where, what to do.</param>
    /// <param name="innerException">What caused it, if anything did.</param>
    public PhantomException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
