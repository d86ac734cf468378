namespace AdwUNet.Imaging;

/// <summary>How values between voxels are found; the number is the spline's order.</summary>
public enum Interpolation
{
    /// <summary>Linear.</summary>
    Linear = 1,

    /// <summary>Cubic B-spline that passes through the voxels' values.</summary>
    Cubic = 3,
}
