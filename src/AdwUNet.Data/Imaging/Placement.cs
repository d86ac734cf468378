using System.Globalization;

namespace AdwUNet.Imaging;

/// <summary>Whether an image lies in space without contradicting itself: axes at right angles, with the lengths that the spacing says.</summary>
internal static class Placement
{
    /// <summary>How much, as a share, the length of a voxel may differ between spacing and affine: headers round to three digits.</summary>
    public const double LargestDifference = 1e-3;

    /// <summary>The largest cosine between two axes; 90 ± 0.11 degrees, as directions that are rounded to three digits give.</summary>
    public const double LargestCosine = 2e-3;

    private const string AxisNames = "xyz";

    public static double ColumnLength(double[,] affine, int axis) => Math.Sqrt(Dot(affine, axis, axis));

    /// <summary>Checks an affine against the spacing of the same header.</summary>
    /// <param name="affine">The place in space.</param>
    /// <param name="spacing">The lengths that the header gives beside it.</param>
    /// <param name="path">The file.</param>
    /// <param name="form">What the header calls the affine.</param>
    /// <param name="field">What it calls the spacing.</param>
    /// <exception cref="ImageException">They contradict each other, or the affine itself is no place in space.</exception>
    public static void Check(double[,] affine, Spacing3 spacing, string path, string form, string field)
    {
        double[] lengths = [.. Enumerable.Range(0, 3).Select(axis => ColumnLength(affine, axis))];
        double[] given = [spacing.X, spacing.Y, spacing.Z];
        for (var axis = 0; axis < 3; axis++)
        {
            if (!double.IsFinite(lengths[axis]) || lengths[axis] <= 0)
            {
                throw new ImageException(path, $"the {form} gives the {AxisNames[axis]} axis the length {Number(lengths[axis])} (its column is zero "
                    + $"or no number), but {field} says {Number(given[axis])} mm; write the header again with a valid {form}");
            }
        }

        if (Enumerable.Range(0, 3).Any(axis => Math.Abs(lengths[axis] - given[axis]) > LargestDifference * given[axis]))
        {
            throw new ImageException(path, $"{field} gives voxels of {Numbers(given)} mm (x, y, z), but the columns of the {form} have "
                + $"the lengths {Numbers(lengths)} mm; find out which is right and correct the other in the header");
        }

        foreach (var (first, second) in ((int, int)[])[(0, 1), (0, 2), (1, 2)])
        {
            var cosine = Dot(affine, first, second) / (lengths[first] * lengths[second]);
            if (Math.Abs(cosine) > LargestCosine)
            {
                var degrees = Number(Math.Round(Math.Acos(Math.Clamp(cosine, -1, 1)) * 180 / Math.PI, 2));
                throw new ImageException(path, $"the axes {AxisNames[first]} and {AxisNames[second]} of the {form} have an angle of {degrees} degrees, "
                    + $"not a right angle (shear, as of a tilted gantry); resample the image to an orthogonal grid, as dcm2niix does");
            }
        }
    }

    private static double Dot(double[,] affine, int first, int second) =>
        (affine[0, first] * affine[0, second]) + (affine[1, first] * affine[1, second]) + (affine[2, first] * affine[2, second]);

    private static string Numbers(double[] values) => string.Join(", ", values.Select(Number));

    private static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
