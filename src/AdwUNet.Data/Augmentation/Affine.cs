namespace AdwUNet.Augmentation;

/// <summary>
/// A linear map from an offset within the patch to an offset within the volume, both from the patch's centre, in voxels
/// and in the order (z, y, x).
/// </summary>
internal readonly struct Affine
{
    private Affine(double[,] matrix, bool isInPlane)
    {
        Matrix = matrix;
        IsInPlane = isInPlane;
    }

    /// <summary>Row: axis of the volume; column: axis of the patch.</summary>
    public double[,] Matrix { get; }

    /// <summary>Whether every slice of the patch comes from the one slice at the same place.</summary>
    public bool IsInPlane { get; }

    /// <summary>
    /// The rotations about the three axes one after the other; batchgenerators multiplies row vectors by the
    /// product of the three matrices in this order, so the matrix here is its transpose.
    /// </summary>
    public static Affine Rotation(double aboutZ, double aboutY, double aboutX)
    {
        var (sinZ, cosZ) = Math.SinCos(aboutZ);
        var (sinY, cosY) = Math.SinCos(aboutY);
        var (sinX, cosX) = Math.SinCos(aboutX);
        double[,] first = { { 1, 0, 0 }, { 0, cosZ, -sinZ }, { 0, sinZ, cosZ } };
        double[,] second = { { cosY, 0, sinY }, { 0, 1, 0 }, { -sinY, 0, cosY } };
        double[,] third = { { cosX, -sinX, 0 }, { sinX, cosX, 0 }, { 0, 0, 1 } };
        return new(Transpose(Multiply(Multiply(first, second), third)), false);
    }

    /// <summary>A rotation of the slices in themselves.</summary>
    public static Affine InPlane(double angle)
    {
        var (sin, cos) = Math.SinCos(angle);
        return new(new[,] { { 1, 0, 0 }, { 0, cos, sin }, { 0, -sin, cos } }, true);
    }

    /// <summary>Multiplies the distances between samples by a factor. An in-plane map keeps the distance between slices.</summary>
    public Affine Scaled(double factor)
    {
        var result = new double[3, 3];
        for (var row = 0; row < 3; row++)
        {
            for (var column = 0; column < 3; column++)
            {
                result[row, column] = Matrix[row, column] * (IsInPlane && row == 0 ? 1 : factor);
            }
        }

        return new(result, IsInPlane);
    }

    private static double[,] Multiply(double[,] a, double[,] b)
    {
        var result = new double[3, 3];
        for (var i = 0; i < 3; i++)
        {
            for (var j = 0; j < 3; j++)
            {
                result[i, j] = (a[i, 0] * b[0, j]) + (a[i, 1] * b[1, j]) + (a[i, 2] * b[2, j]);
            }
        }

        return result;
    }

    private static double[,] Transpose(double[,] a) =>
        new[,] { { a[0, 0], a[1, 0], a[2, 0] }, { a[0, 1], a[1, 1], a[2, 1] }, { a[0, 2], a[1, 2], a[2, 2] } };
}
