using AdwUNet.Imaging;

namespace AdwUNet.Interactive;

/// <summary>One slice of a volume, ready to be drawn: the upper row is the highest index, so that z and y point upwards.</summary>
/// <param name="Axis">The axis that the slice is perpendicular to: 0 = z, 1 = y, 2 = x.</param>
/// <param name="Index">Its position along that axis.</param>
/// <param name="Rows">Voxels downwards.</param>
/// <param name="Columns">Voxels to the right.</param>
/// <param name="Offsets">Where each voxel is in the volume's channel, row by row from the top.</param>
/// <param name="HeightMm">Physical height.</param>
/// <param name="WidthMm">Physical width.</param>
internal sealed record SlicePlane(int Axis, int Index, int Rows, int Columns, int[] Offsets, double HeightMm, double WidthMm)
{
    public static readonly string[] AxisNames = ["z", "y", "x"];

    private static readonly (int Row, int Column)[] InPlane = [(1, 2), (0, 2), (0, 1)];

    /// <summary>The axis that points upwards.</summary>
    public string RowAxis => AxisNames[InPlane[Axis].Row];

    /// <summary>The axis that points to the right.</summary>
    public string ColumnAxis => AxisNames[InPlane[Axis].Column];

    public static SlicePlane Of(Shape3 shape, Spacing3 spacing, int axis, int index)
    {
        var (rowAxis, columnAxis) = InPlane[axis];
        var (rows, columns) = (shape[rowAxis], shape[columnAxis]);
        var offsets = new int[rows * columns];
        for (var r = 0; r < rows; r++)
        {
            for (var c = 0; c < columns; c++)
            {
                var voxel = new Shape3().With(axis, index).With(rowAxis, rows - 1 - r).With(columnAxis, c);
                offsets[(r * columns) + c] = shape.Offset(voxel.Z, voxel.Y, voxel.X);
            }
        }

        return new SlicePlane(axis, index, rows, columns, offsets, rows * spacing[rowAxis], columns * spacing[columnAxis]);
    }

    /// <summary>The voxel of the foreground nearest to its centre of mass, or the middle of the volume if there is none.</summary>
    public static Shape3 Centre(LabelMap? labels, Shape3 shape)
    {
        if (labels is null || !labels.Data.Any(l => l > 0)) return new Shape3(shape.Z / 2, shape.Y / 2, shape.X / 2);
        double count = 0, sumZ = 0, sumY = 0, sumX = 0;
        ForEachForeground(labels, (z, y, x) =>
        {
            count++;
            sumZ += z;
            sumY += y;
            sumX += x;
        });
        var (cz, cy, cx) = (sumZ / count, sumY / count, sumX / count);
        var best = double.MaxValue;
        var centre = default(Shape3);
        ForEachForeground(labels, (z, y, x) =>
        {
            var (dz, dy, dx) = ((z - cz) * labels.Spacing.Z, (y - cy) * labels.Spacing.Y, (x - cx) * labels.Spacing.X);
            var distance = (dz * dz) + (dy * dy) + (dx * dx);
            if (distance >= best) return;
            best = distance;
            centre = new Shape3(z, y, x);
        });
        return centre;
    }

    private static void ForEachForeground(LabelMap labels, Action<int, int, int> action)
    {
        var i = 0;
        for (var z = 0; z < labels.Shape.Z; z++)
        {
            for (var y = 0; y < labels.Shape.Y; y++)
            {
                for (var x = 0; x < labels.Shape.X; x++, i++)
                {
                    if (labels.Data[i] > 0) action(z, y, x);
                }
            }
        }
    }
}
