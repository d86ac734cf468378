using AdwUNet.Imaging;

namespace AdwUNet.Prediction;

/// <summary>The box of voxels that one class takes up in one or both of two label maps.</summary>
internal readonly record struct LabelBox(Shape3 First, Shape3 Size)
{
    /// <summary>The smallest box that holds the class in both maps; null when it is in neither.</summary>
    public static LabelBox? Around(LabelMap one, LabelMap other, int label)
    {
        var shape = one.Shape;
        int[] low = [int.MaxValue, int.MaxValue, int.MaxValue], high = [-1, -1, -1];
        for (var z = 0; z < shape.Z; z++)
        {
            for (var y = 0; y < shape.Y; y++)
            {
                var row = shape.Offset(z, y, 0);
                for (var x = 0; x < shape.X; x++)
                {
                    if (one.Data[row + x] != label && other.Data[row + x] != label)
                        continue;

                    (low[0], high[0]) = (Math.Min(low[0], z), Math.Max(high[0], z));
                    (low[1], high[1]) = (Math.Min(low[1], y), Math.Max(high[1], y));
                    (low[2], high[2]) = (Math.Min(low[2], x), Math.Max(high[2], x));
                }
            }
        }

        return high[0] < 0
            ? null
            : new(Shape3.From(low), new(high[0] - low[0] + 1, high[1] - low[1] + 1, high[2] - low[2] + 1));
    }
}

/// <summary>The border of a class: its voxels with a face neighbour outside the class or outside the volume.</summary>
internal static class Surface
{
    /// <summary>Marks the border inside a box that holds the whole class, so what lies outside the box is outside the class.</summary>
    /// <returns>One value per voxel of the box, in the order (z, y, x).</returns>
    public static bool[] Of(LabelMap map, int label, LabelBox box)
    {
        var (first, size) = box;
        bool Inside(int z, int y, int x) =>
            (uint)z < (uint)size.Z && (uint)y < (uint)size.Y && (uint)x < (uint)size.X
            && map[first.Z + z, first.Y + y, first.X + x] == label;

        var surface = new bool[checked((int)size.Count)];
        for (var z = 0; z < size.Z; z++)
        {
            for (var y = 0; y < size.Y; y++)
            {
                for (var x = 0; x < size.X; x++)
                {
                    surface[size.Offset(z, y, x)] = Inside(z, y, x)
                        && !(Inside(z - 1, y, x) && Inside(z + 1, y, x)
                            && Inside(z, y - 1, x) && Inside(z, y + 1, x)
                            && Inside(z, y, x - 1) && Inside(z, y, x + 1));
                }
            }
        }

        return surface;
    }
}
