namespace AdwUNet.Prediction;

/// <summary>How far a prediction is.</summary>
/// <param name="Done">Tiles predicted so far.</param>
/// <param name="Total">Tiles in all.</param>
public readonly record struct PredictionProgress(int Done, int Total);
