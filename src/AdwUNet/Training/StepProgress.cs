namespace AdwUNet.Training;

/// <summary>The position of a loop, reported after every step.</summary>
/// <param name="Epoch">0-based epoch.</param>
/// <param name="Epochs">Number of epochs.</param>
/// <param name="Iteration">Completed iterations of this epoch.</param>
/// <param name="Iterations">Iterations per epoch.</param>
/// <param name="Loss">Loss of the last weight step.</param>
public sealed record StepProgress(int Epoch, int Epochs, int Iteration, int Iterations, double Loss);
