namespace AdwUNet.Augmentation;

/// <summary>How intensities between voxels are computed when a patch is rotated or scaled.</summary>
public enum ImageInterpolation
{
    /// <summary>Cubic B-spline through the voxels (order 3), as published.</summary>
    Cubic,

    /// <summary>Trilinear (order 1): faster, and smoother than the image.</summary>
    Linear,
}

/// <summary>
/// Rotates and scales a patch about its centre in one resampling: the image by cubic splines, the labels by the linear vote of
/// the voxels around (a class wins with at least half of the weight). Outside the volume the image is 0 and the labels −1.
/// </summary>
/// <remarks>
/// batchgenerators' <c>augment_spatial</c> without elastic deformation. nnU-Net resamples a larger patch that was loaded first;
/// here the volume itself is sampled, which gives the same voxels without copying them and has data in corners that the larger
/// patch would have cut off.
/// </remarks>
public sealed record SpatialTransform
{
    /// <summary>The probability of a rotation.</summary>
    public double RotationProbability { get; init; } = 0.2;

    /// <summary>The angle about each axis, in degrees.</summary>
    public UniformRange RotationDegrees { get; init; } = new(-30, 30);

    /// <summary>The angle within the slice where the plan asks for in-plane augmentation, in degrees.</summary>
    public UniformRange InPlaneRotationDegrees { get; init; } = new(-180, 180);

    /// <summary>The probability of a scaling, independent of that of a rotation.</summary>
    public double ScalingProbability { get; init; } = 0.2;

    /// <summary>The distance between samples in voxels, the same for all axes: above 1 makes structures smaller.</summary>
    public UniformRange Scaling { get; init; } = new(0.7, 1.4);

    /// <summary>How intensities between voxels are computed.</summary>
    public ImageInterpolation Interpolation { get; init; } = ImageInterpolation.Cubic;

    /// <summary>Draws a change; null for none.</summary>
    /// <param name="random">The source of random numbers.</param>
    /// <param name="inPlane">Whether the slices stay as they are and turn together.</param>
    internal Affine? Draw(RandomSequence random, bool inPlane)
    {
        Affine? result = null;
        if (random.Bernoulli(RotationProbability))
        {
            result = inPlane
                ? Affine.InPlane(Radians(InPlaneRotationDegrees.Draw(random)))
                : Affine.Rotation(
                    Radians(RotationDegrees.Draw(random)),
                    Radians(RotationDegrees.Draw(random)),
                    Radians(RotationDegrees.Draw(random)));
        }

        if (random.Bernoulli(ScalingProbability))
        {
            var start = result ?? (inPlane ? Affine.InPlane(0) : Affine.Rotation(0, 0, 0));
            result = start.Scaled(Scaling.DrawFactor(random));
        }

        return result;
    }

    private static double Radians(double degrees) => degrees * Math.PI / 180;
}
