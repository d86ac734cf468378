namespace AdwUNet.Interactive;

/// <summary>The inputs of a chart or table do not fit together, or there is nothing to show.</summary>
public sealed class ChartException : AdwUNetException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">One sentence: what was found, where, what to do.</param>
    public ChartException(string message)
        : base(message)
    {
    }
}
