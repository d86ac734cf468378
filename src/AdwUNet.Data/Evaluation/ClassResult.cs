namespace AdwUNet.Evaluation;

/// <summary>How well one class of one case was found.</summary>
public sealed record ClassResult
{
    /// <summary>The class's name.</summary>
    public required string Class { get; init; }

    /// <summary>Whether the class is in both maps, missed, falsely found, or in neither.</summary>
    public required ClassPresence Presence { get; init; }

    /// <summary>Dice; 0 where missed or falsely found, null where the class is in neither map.</summary>
    public required double? Dice { get; init; }

    /// <summary>95 % Hausdorff distance in mm; null where the class is not in both maps.</summary>
    public required double? HausdorffDistance95 { get; init; }

    /// <summary>Voxels of the class in the reference.</summary>
    public required long ReferenceVoxels { get; init; }

    /// <summary>Voxels of the class in the prediction.</summary>
    public required long PredictionVoxels { get; init; }
}
