namespace AdwUNet.Imaging;

/// <summary>The three ways in which a NIfTI header places voxels in space.</summary>
internal static class NiftiAffine
{
    /// <summary>Values in the three stored rows of the sform.</summary>
    public const int SformValues = 12;

    /// <summary>Below this a quaternion's first part counts as 0 and the others are normalised (<c>nifti1_io.c</c>).</summary>
    private const double SmallestRealPart = 1e-7;

    private const int RowLength = 4;

    public static double[,] Of(NiftiHeader header) =>
        header.SformCode > 0 ? FromSform(header.Sform)
        : header.QformCode > 0 ? FromQform(header)
        : FromSpacing(header);

    private static double[,] FromSform(IReadOnlyList<double> rows)
    {
        var affine = Empty();
        for (var i = 0; i < SformValues; i++) affine[i / RowLength, i % RowLength] = rows[i];
        return affine;
    }

    private static double[,] FromQform(NiftiHeader header)
    {
        double b = header.Quaternion[0], c = header.Quaternion[1], d = header.Quaternion[2];
        var rest = 1 - (b * b + c * c + d * d);
        double a = 0;
        if (rest < SmallestRealPart)
        {
            // Rounding has made the rotation a little more than a half turn: it is one.
            var length = Math.Sqrt(b * b + c * c + d * d);
            (b, c, d) = (b / length, c / length, d / length);
        }
        else
        {
            a = Math.Sqrt(rest);
        }

        double[,] rotation =
        {
            { a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c) },
            { 2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b) },
            { 2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c },
        };
        double[] steps = [header.Spacing.X, header.Spacing.Y, header.Spacing.Z * header.QformFactor];
        var affine = Empty();
        for (var row = 0; row < 3; row++)
        {
            for (var column = 0; column < 3; column++) affine[row, column] = rotation[row, column] * steps[column];
            affine[row, 3] = header.QformOffset[row];
        }

        return affine;
    }

    private static double[,] FromSpacing(NiftiHeader header)
    {
        var (shape, spacing) = (header.Shape, header.Spacing);
        var affine = Empty();
        (affine[0, 0], affine[0, 3]) = (-spacing.X, spacing.X * (shape.X - 1) / 2);
        (affine[1, 1], affine[1, 3]) = (spacing.Y, -spacing.Y * (shape.Y - 1) / 2);
        (affine[2, 2], affine[2, 3]) = (spacing.Z, -spacing.Z * (shape.Z - 1) / 2);
        return affine;
    }

    private static double[,] Empty()
    {
        var affine = new double[RowLength, RowLength];
        affine[3, 3] = 1;
        return affine;
    }
}
