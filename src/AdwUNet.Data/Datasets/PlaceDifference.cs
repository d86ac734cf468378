using System.Globalization;
using AdwUNet.Imaging;

namespace AdwUNet.Datasets;

/// <summary>Whether two files of one shape lie at the same place in space.</summary>
internal static class PlaceDifference
{
    /// <summary>
    /// How far, in voxels, a corner of one image may lie from the same corner of the other: rounding of single-precision
    /// headers stays far below, and less than this moves no label to another voxel.
    /// </summary>
    public const double LargestShift = 0.1;

    /// <summary>How much, in relation to the first, the spacings may differ.</summary>
    public const double LargestSpacingDifference = 1e-3;

    private const int Corners = 8;

    /// <summary>What differs, as a part of a sentence; null where nothing does.</summary>
    public static string? Of(ImageHeader one, ImageHeader other)
    {
        for (var axis = 0; axis < 3; axis++)
        {
            if (Math.Abs(one.Spacing[axis] - other.Spacing[axis]) > LargestSpacingDifference * one.Spacing[axis])
                return $"spacing {one.Spacing} and {other.Spacing} (z, y, x)";
        }

        var shift = LargestCornerShift(one, other);
        return shift > LargestShift * one.Spacing.Min
            ? string.Create(CultureInfo.InvariantCulture, $"a corner lies {shift:0.###} mm apart, more than {LargestShift} voxels")
            : null;
    }

    private static double LargestCornerShift(ImageHeader one, ImageHeader other)
    {
        var (a, b, shape) = (one.Affine, other.Affine, one.Shape);
        double largest = 0;
        for (var corner = 0; corner < Corners; corner++)
        {
            double[] voxel = [(corner & 1) * (shape.X - 1), ((corner >> 1) & 1) * (shape.Y - 1), (corner >> 2) * (shape.Z - 1), 1];
            double squared = 0;
            for (var row = 0; row < 3; row++)
            {
                double difference = 0;
                for (var column = 0; column < voxel.Length; column++)
                    difference += (a[row, column] - b[row, column]) * voxel[column];
                squared += difference * difference;
            }

            largest = Math.Max(largest, Math.Sqrt(squared));
        }

        return largest;
    }
}
