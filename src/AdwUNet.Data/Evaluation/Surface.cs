using AdwUNet.Imaging;

namespace AdwUNet.Evaluation;

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
