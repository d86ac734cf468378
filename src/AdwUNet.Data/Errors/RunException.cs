namespace AdwUNet;

/// <summary>A run cannot start, resume or continue.</summary>
public sealed class RunException(string message, Exception? innerException = null) : AdwUNetException(message, innerException)
{
    /// <summary>Whether another process works in the run's folder, so that nothing is wrong with the run.</summary>
    internal bool IsInUse { get; init; }

    /// <summary>Refuses an option that is not a number above 0.</summary>
    internal static void RequirePositive(string run, string option, double value)
    {
        if (!(value > 0) || double.IsInfinity(value))
        {
            throw new RunException($"The option {option} of the {run} is {value}; it must be a number above 0.");
        }
    }

    /// <summary>Refuses an option that lies outside its bounds.</summary>
    internal static void RequireBetween(string run, string option, double value, double lowest, double highest)
    {
        if (!(value >= lowest && value <= highest))
        {
            throw new RunException($"The option {option} of the {run} is {value}; it must be a number from {lowest} to {highest}.");
        }
    }

    /// <summary>Refuses a momentum or a weight decay outside its bounds.</summary>
    internal static void RequireStep(string run, double momentum, double weightDecay)
    {
        RequirePositive(run, "Momentum", momentum); // Nesterov's has no meaning without
        RequireBetween(run, "Momentum", momentum, 0, 1);
        RequireBetween(run, "WeightDecay", weightDecay, 0, 1);
    }
}
