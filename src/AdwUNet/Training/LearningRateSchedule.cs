using System.Text.Json.Serialization;

namespace AdwUNet.Training;

/// <summary>How the learning rate of a training changes from step to step. Derive a record from it; its properties are the options of the schedule.</summary>
[JsonConverter(typeof(MethodPartConverter<LearningRateSchedule>))]
public abstract record LearningRateSchedule : MethodPart
{
    /// <summary>The factor of <see cref="TrainingOptions.LearningRate"/> in a step.</summary>
    /// <param name="progress">The steps before this one as a share of all steps, 0 to below 1.</param>
    public abstract double At(double progress);

    /// <summary>Checks the options of the schedule.</summary>
    /// <exception cref="RunException">One is out of range.</exception>
    public virtual void Validate()
    {
    }
}

/// <summary>
/// A linear rise to 1, then half a cosine (Loshchilov and Hutter 2017). <c>new WarmUpCosine(0.3, 0.04)</c> is nearly the one-cycle policy.
/// </summary>
/// <param name="WarmUp">The share of the steps in which the factor rises.</param>
/// <param name="First">The factor of the first step.</param>
/// <param name="Last">The factor at the end.</param>
public sealed record WarmUpCosine(double WarmUp = 0.05, double First = 0, double Last = 0) : LearningRateSchedule
{
    /// <inheritdoc/>
    public override double At(double progress) => progress < WarmUp
        ? First + ((1 - First) * progress / WarmUp)
        : Last + ((1 - Last) * (1 + Math.Cos(Math.PI * (progress - WarmUp) / (1 - WarmUp))) / 2);

    /// <inheritdoc/>
    public override void Validate() => Array.ForEach(
        [(nameof(WarmUp), WarmUp), (nameof(First), First), (nameof(Last), Last)], option => RunException.RequireBetween("schedule", option.Item1, option.Item2, 0, 1));
}
