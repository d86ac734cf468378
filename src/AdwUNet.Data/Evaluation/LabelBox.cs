using AdwUNet.Imaging;

namespace AdwUNet.Evaluation;

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
