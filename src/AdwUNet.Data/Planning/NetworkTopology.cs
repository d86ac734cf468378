using AdwUNet.Imaging;

namespace AdwUNet.Planning;

/// <summary>How a patch is pooled (nnU-Net v1's <c>get_pool_and_conv_props</c>).</summary>
/// <param name="PoolKernels">Stride of encoder stages 1..P.</param>
/// <param name="ConvKernels">Kernel of encoder stages 0..P.</param>
/// <param name="PatchSize">The patch, padded to a multiple of <paramref name="Divisor"/>.</param>
/// <param name="Divisor">The product of the pool kernels.</param>
public sealed record NetworkTopology(
    IReadOnlyList<Shape3> PoolKernels,
    IReadOnlyList<Shape3> ConvKernels,
    Shape3 PatchSize,
    Shape3 Divisor)
{
    // Spacings within this factor of each other are pooled and convolved together (nnU-Net v1).
    private const double SimilarSpacing = 2;

    // Kernel of axes that take part in a convolution, and that of the others.
    private const int Kernel = 3;

    /// <summary>Derives pooling and kernels from spacing and size.</summary>
    /// <param name="spacing">Spacing of the data.</param>
    /// <param name="patch">Patch before padding.</param>
    /// <param name="minFeatureMapEdge">Smallest edge in the bottleneck.</param>
    /// <param name="maxPooling">Most poolings of one axis.</param>
    public static NetworkTopology For(Spacing3 spacing, Shape3 patch, int minFeatureMapEdge, int maxPooling)
    {
        var pools = new List<Shape3>();
        var convolutions = new List<Shape3>();
        var current = spacing.ToArray();
        var size = Array.ConvertAll(patch.ToArray(), edge => (double)edge);
        var poolings = new int[3];
        while (true)
        {
            var finest = current.Min();
            bool[] pooled = [.. Enumerable.Range(0, 3).Select(axis =>
                current[axis] / finest < SimilarSpacing
                && size[axis] >= 2 * minFeatureMapEdge
                && poolings[axis] < maxPooling)];
            if (!pooled.Contains(true))
            {
                break;
            }

            convolutions.Add(ConvolutionKernel(current));
            for (var axis = 0; axis < 3; axis++)
            {
                if (pooled[axis])
                {
                    poolings[axis]++;
                    current[axis] *= 2;
                    size[axis] /= 2;
                }
            }

            pools.Add(Shape3.From([.. pooled.Select(yes => yes ? 2 : 1)]));
        }

        convolutions.Add(Shape3.Cube(Kernel)); // the bottleneck's
        var divisor = Shape3.From([.. poolings.Select(count => 1 << count)]);
        return new NetworkTopology(pools, convolutions, Padded(patch, divisor), divisor);
    }

    private static Shape3 ConvolutionKernel(double[] spacing)
    {
        int[] largestGroup = [];
        for (var axis = 0; axis < 3; axis++)
        {
            int[] group = [.. Enumerable.Range(0, 3).Where(other =>
                spacing[other] / spacing[axis] < SimilarSpacing && spacing[axis] / spacing[other] < SimilarSpacing)];
            if (group.Length > largestGroup.Length)
            {
                largestGroup = group;
            }
        }

        return Shape3.From([.. Enumerable.Range(0, 3).Select(axis => largestGroup.Contains(axis) ? Kernel : 1)]);
    }

    private static Shape3 Padded(Shape3 patch, Shape3 divisor)
    {
        return new(Up(0), Up(1), Up(2));

        int Up(int axis) => (patch[axis] + divisor[axis] - 1) / divisor[axis] * divisor[axis];
    }
}
