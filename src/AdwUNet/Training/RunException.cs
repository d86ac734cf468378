namespace AdwUNet.Training;

/// <summary>A run that cannot start, continue or go on.</summary>
public sealed class RunException(string message, Exception? innerException = null) : AdwUNetException(message, innerException)
{
    /// <summary>Refuses an option that is not a number above 0.</summary>
    internal static void RequirePositive(string run, string option, double value)
    {
        if (!(value > 0) || double.IsInfinity(value))
        {
            throw new RunException($"The option {option} of the {run} is {value}; it must be a number above 0.");
        }
    }
}
