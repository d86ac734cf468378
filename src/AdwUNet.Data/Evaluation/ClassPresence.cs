using System.Text.Json.Serialization;

namespace AdwUNet.Evaluation;

/// <summary>Where a class occurs in one case. Metrics mean something different, or nothing, where it is not in both.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ClassPresence>))]
public enum ClassPresence
{
    /// <summary>In the reference and in the prediction.</summary>
    Both,

    /// <summary>In neither: nothing to find and nothing found. Dice and distance are undefined.</summary>
    Neither,

    /// <summary>Only in the reference, so missed: Dice is 0, the distance is undefined.</summary>
    Missed,

    /// <summary>Only in the prediction, so falsely found: Dice is 0, the distance is undefined.</summary>
    FalselyFound,
}
