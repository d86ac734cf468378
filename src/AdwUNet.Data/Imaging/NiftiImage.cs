namespace AdwUNet.Imaging;

/// <summary>A NIfTI image with its values in double precision, for those who need more than <see cref="Volume"/> keeps.</summary>
/// <param name="Header">What the file says of them.</param>
/// <param name="Values">Values after slope and intercept, in the order (channel, z, y, x), x fastest.</param>
public sealed record NiftiImage(NiftiHeader Header, double[] Values);
