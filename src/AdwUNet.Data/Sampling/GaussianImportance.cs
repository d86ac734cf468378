using AdwUNet.Imaging;

namespace AdwUNet.Sampling;

/// <summary>How much each voxel of a tile counts (nnU-Net v1, <c>_get_gaussian</c>).</summary>
internal static class GaussianImportance
{
    /// <summary>Standard deviation as a fraction of the patch.</summary>
    private const double SigmaScale = 1.0 / 8;

    /// <summary>Where the filter ends, in standard deviations (the default of SciPy's <c>gaussian_filter</c>).</summary>
    private const double Truncate = 4;

    /// <summary>
    /// A Gaussian around voxel <c>patch / 2</c> with maximum 1; where it is 0 in single precision it takes its smallest other
    /// value, so that every voxel has a weight to divide by.
    /// </summary>
    /// <param name="patch">Voxels of a tile.</param>
    /// <returns>Weights in the order (z, y, x).</returns>
    public static float[] Map(Shape3 patch)
    {
        var (z, y, x) = (Profile(patch.Z), Profile(patch.Y), Profile(patch.X));
        var maximum = z.Max() * y.Max() * x.Max();
        var map = new float[checked((int)patch.Count)];
        var smallest = float.PositiveInfinity;
        var next = 0;
        foreach (var weightZ in z)
        {
            foreach (var weightY in y)
            {
                foreach (var weightX in x)
                {
                    var weight = (float)(weightZ * weightY * weightX / maximum);
                    map[next++] = weight;
                    smallest = weight > 0 && weight < smallest ? weight : smallest;
                }
            }
        }

        map.AsSpan().Replace(0f, smallest);
        return map;
    }

    /// <summary>One axis of what the filter makes of a single 1 at <c>size / 2</c>: its normalised kernel, cut at the border.</summary>
    private static double[] Profile(int size)
    {
        var sigma = size * SigmaScale;
        var radius = (int)((Truncate * sigma) + 0.5);
        double Kernel(int distance) => Math.Exp(-0.5 * distance * distance / (sigma * sigma));

        var sum = 0.0;
        for (var distance = -radius; distance <= radius; distance++)
            sum += Kernel(distance);

        var centre = size / 2;
        var profile = new double[size];
        for (var index = 0; index < size; index++)
        {
            var distance = Math.Abs(index - centre);
            profile[index] = distance <= radius ? Kernel(distance) / sum : 0;
        }

        return profile;
    }
}
