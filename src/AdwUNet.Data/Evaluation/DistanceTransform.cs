using AdwUNet.Imaging;

namespace AdwUNet.Evaluation;

/// <summary>
/// The exact Euclidean distance of every voxel to the nearest marked one, for voxels of any proportions: one lower envelope of
/// parabolas per line and axis (Felzenszwalb and Huttenlocher, "Distance Transforms of Sampled Functions", 2012).
/// </summary>
internal static class DistanceTransform
{
    /// <summary>Squared distances in mm².</summary>
    /// <param name="marked">Which voxels to measure to, in the order (z, y, x).</param>
    /// <param name="shape">Voxels.</param>
    /// <param name="spacing">Millimetres between voxels.</param>
    /// <returns>One value per voxel; infinity everywhere when nothing is marked.</returns>
    public static double[] Squared(ReadOnlySpan<bool> marked, Shape3 shape, Spacing3 spacing)
    {
        var distances = new double[marked.Length];
        for (var voxel = 0; voxel < distances.Length; voxel++)
            distances[voxel] = marked[voxel] ? 0 : double.PositiveInfinity;

        var stride = 1;
        for (var axis = 2; axis >= 0; axis--)
        {
            var envelope = new Envelope(shape[axis], spacing[axis]);
            for (var block = 0; block < distances.Length; block += stride * shape[axis])
            {
                for (var line = 0; line < stride; line++)
                    envelope.Transform(distances, block + line, stride);
            }

            stride *= shape[axis];
        }

        return distances;
    }

    /// <summary>Transforms lines of one length and spacing, with buffers that are made once.</summary>
    private sealed class Envelope(int length, double spacing)
    {
        private readonly double[] _heights = new double[length];
        private readonly int[] _sites = new int[length];
        private readonly double[] _starts = new double[length];

        public void Transform(double[] data, int first, int stride)
        {
            for (var index = 0; index < length; index++)
                _heights[index] = data[first + (index * stride)];

            var count = FindSites();
            var site = 0;
            for (var index = 0; index < length && count > 0; index++)
            {
                var position = index * spacing;
                while (site + 1 < count && _starts[site + 1] <= position)
                    site++;

                var offset = position - (_sites[site] * spacing);
                data[first + (index * stride)] = (offset * offset) + _heights[_sites[site]];
            }
        }

        /// <summary>The parabolas that are lowest somewhere, and from which position in mm on each of them is.</summary>
        private int FindSites()
        {
            var count = 0;
            for (var index = 0; index < length; index++)
            {
                if (double.IsPositiveInfinity(_heights[index]))
                    continue;

                var start = double.NegativeInfinity;
                while (count > 0 && (start = Crossing(_sites[count - 1], index)) <= _starts[count - 1])
                    count--;

                _sites[count] = index;
                _starts[count++] = count == 1 ? double.NegativeInfinity : start;
            }

            return count;
        }

        private double Crossing(int left, int right)
        {
            var (a, b) = (left * spacing, right * spacing);
            return ((_heights[right] + (b * b)) - (_heights[left] + (a * a))) / (2 * (b - a));
        }
    }
}
