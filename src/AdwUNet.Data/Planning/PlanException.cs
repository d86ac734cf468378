namespace AdwUNet.Planning;

/// <summary>A dataset cannot be planned, or a plan's file or values are wrong.</summary>
public sealed class PlanException : AdwUNetException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">One sentence: what was found, where, what to do.</param>
    /// <param name="innerException">What caused it, if anything did.</param>
    public PlanException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
