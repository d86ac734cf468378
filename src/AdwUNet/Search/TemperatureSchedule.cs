namespace AdwUNet.Search;

/// <summary>The Gumbel-softmax temperature: constant at first, then multiplied by a factor each epoch.</summary>
/// <param name="Initial">5 as published.</param>
/// <param name="Factor">0.97 as published.</param>
/// <param name="LastConstantEpoch">The last epoch of the initial temperature: 100, the first with architecture steps.</param>
public sealed record TemperatureSchedule(double Initial, double Factor, int LastConstantEpoch)
{
    /// <summary>The temperature during an epoch.</summary>
    /// <param name="epoch">0-based.</param>
    public double At(int epoch)
    {
        // Multiplied step by step as the published loop does, not raised to a power: the last digits are the same.
        var temperature = Initial;
        for (var e = LastConstantEpoch; e < epoch; e++)
        {
            temperature *= Factor;
        }

        return temperature;
    }
}
