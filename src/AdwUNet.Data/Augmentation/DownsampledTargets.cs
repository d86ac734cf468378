using AdwUNet.Imaging;

namespace AdwUNet.Augmentation;

/// <summary>
/// The targets of deep supervision: the label map at the resolution of every output, by nearest neighbour
/// (nnU-Net v1's <c>downsample_seg_for_ds_transform2</c> with order 0).
/// </summary>
/// <remarks>
/// Output voxel i of an axis takes input voxel ⌊(i + ½) · in / out⌋, which is what skimage's and SciPy's order 0 give: of two
/// voxels the second (2i + 1), of four the third (4i + 2), because the centre between voxels rounds upwards.
/// </remarks>
public static class DownsampledTargets
{
    /// <summary>The shapes of the targets, finest first: the patch divided by the product of the first i pool kernels.</summary>
    /// <param name="patch">Size of a patch.</param>
    /// <param name="poolKernels">The plan's pool kernels, of length P.</param>
    /// <returns>P shapes, one for each output of the network; a single one for a network that does not pool.</returns>
    public static IReadOnlyList<Shape3> Shapes(Shape3 patch, IReadOnlyList<Shape3> poolKernels)
    {
        ArgumentNullException.ThrowIfNull(poolKernels);
        var shapes = new List<Shape3> { patch };
        var factor = Shape3.Cube(1);
        for (var output = 1; output < poolKernels.Count; output++)
        {
            var kernel = poolKernels[output - 1];
            factor = new(factor.Z * kernel.Z, factor.Y * kernel.Y, factor.X * kernel.X);
            shapes.Add(new(Divide(patch.Z, factor.Z), Divide(patch.Y, factor.Y), Divide(patch.X, factor.X)));
        }

        return shapes;
    }

    /// <summary>Resizes one label map by nearest neighbour.</summary>
    /// <typeparam name="T">The labels' type.</typeparam>
    /// <param name="labels">Class indices in the order (z, y, x).</param>
    /// <param name="shape">Their shape.</param>
    /// <param name="result">Where the resized map is written.</param>
    /// <param name="resultShape">Its shape.</param>
    /// <exception cref="ArgumentException">A span's length does not fit its shape.</exception>
    public static void Resize<T>(ReadOnlySpan<T> labels, Shape3 shape, Span<T> result, Shape3 resultShape)
    {
        if (labels.Length != shape.Count || result.Length != resultShape.Count)
        {
            throw new ArgumentException(
                $"{labels.Length} and {result.Length} labels cannot be a map of {shape} and one of {resultShape}.", nameof(labels));
        }

        if (shape == resultShape)
        {
            labels.CopyTo(result);
            return;
        }

        var columns = SourceIndices(shape.X, resultShape.X);
        var rows = SourceIndices(shape.Y, resultShape.Y);
        var slices = SourceIndices(shape.Z, resultShape.Z);
        var next = 0;
        foreach (var z in slices)
        {
            foreach (var y in rows)
            {
                var row = labels.Slice(shape.Offset(z, y, 0), shape.X);
                foreach (var x in columns)
                {
                    result[next++] = row[x];
                }
            }
        }
    }

    /// <summary>Which voxel of an axis each voxel of the resized axis takes.</summary>
    internal static int[] SourceIndices(int size, int resultSize)
    {
        var indices = new int[resultSize];
        for (var i = 0; i < resultSize; i++)
        {
            indices[i] = AxisInterpolation.Nearest(i, size, resultSize);
        }

        return indices;
    }

    private static int Divide(int size, int factor) => Math.Max(1, (int)Math.Round(size / (double)factor));
}
