namespace AdwUNet.Training;

/// <summary>The learning rate falls to 0 as initial · (1 − epoch/epochs)^exponent (nnU-Net v1's poly_lr).</summary>
/// <param name="Initial">Learning rate of epoch 0.</param>
/// <param name="Epochs">Number of epochs.</param>
/// <param name="Exponent">0.9 in nnU-Net.</param>
public sealed record PolynomialDecay(double Initial, int Epochs, double Exponent = 0.9)
{
    /// <summary>The learning rate during an epoch.</summary>
    /// <param name="epoch">0-based.</param>
    public double At(int epoch) => Initial * Math.Pow(1 - ((double)epoch / Epochs), Exponent);
}
