using AdwUNet.Evaluation;
using AdwUNet.Imaging;

namespace AdwUNet.Data.Tests.Phantom;

/// <summary>What can and what cannot find a phantom's target.</summary>
internal static class PhantomStatistics
{
    private const int Bins = 200;

    public static bool[] Target(LabelMap labels) => Array.ConvertAll(labels.Data, label => label > 0);

    public static double Dice(ReadOnlySpan<bool> a, ReadOnlySpan<bool> b)
    {
        int both = 0, sum = 0;
        for (var i = 0; i < a.Length; i++)
        {
            both += a[i] && b[i] ? 1 : 0;
            sum += (a[i] ? 1 : 0) + (b[i] ? 1 : 0);
        }

        return sum == 0 ? 1 : 2.0 * both / sum;
    }

    /// <summary>
    /// The best Dice of any intensity window, chosen for this very case by someone who knows the answer; ends at one of
    /// <see cref="Bins"/> quantiles.
    /// </summary>
    public static double BestWindow(ReadOnlySpan<float> intensities, ReadOnlySpan<bool> target)
    {
        var order = new int[intensities.Length];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        Array.Sort(intensities.ToArray(), order);
        var hits = new int[Bins + 1];
        for (var i = 0; i < order.Length; i++)
        {
            hits[((int)((long)i * Bins / order.Length)) + 1] += target[order[i]] ? 1 : 0;
        }

        for (var bin = 0; bin < Bins; bin++)
        {
            hits[bin + 1] += hits[bin];
        }

        var best = 0.0;
        for (var low = 0; low < Bins; low++)
        {
            for (var high = low + 1; high <= Bins; high++)
            {
                var inside = (high - low) * (double)order.Length / Bins;
                best = Math.Max(best, 2.0 * (hits[high] - hits[low]) / (inside + hits[Bins]));
            }
        }

        return best;
    }

    /// <summary>The best Dice of a window among the target's voxels and those within a distance of it: is its border visible?</summary>
    public static double BestLocalWindow(ReadOnlySpan<float> intensities, bool[] target, Shape3 shape, int distance)
    {
        var near = target;
        for (var step = 0; step < distance; step++)
        {
            near = Grown(near, shape);
        }

        var voxels = Enumerable.Range(0, near.Length).Where(i => near[i]).ToArray();
        var values = new float[voxels.Length];
        for (var i = 0; i < voxels.Length; i++)
        {
            values[i] = intensities[voxels[i]];
        }

        return BestWindow(values, Array.ConvertAll(voxels, i => target[i]));
    }

    /// <summary>With every voxel that shares a face with a set one.</summary>
    private static bool[] Grown(bool[] mask, Shape3 shape)
    {
        var grown = (bool[])mask.Clone();
        for (var z = 0; z < shape.Z; z++)
        {
            for (var y = 0; y < shape.Y; y++)
            {
                for (var x = 0; x < shape.X; x++)
                {
                    if (mask[shape.Offset(z, y, x)])
                    {
                        grown[shape.Offset(Math.Max(0, z - 1), y, x)] = grown[shape.Offset(Math.Min(shape.Z - 1, z + 1), y, x)] = true;
                        grown[shape.Offset(z, Math.Max(0, y - 1), x)] = grown[shape.Offset(z, Math.Min(shape.Y - 1, y + 1), x)] = true;
                        grown[shape.Offset(z, y, Math.Max(0, x - 1))] = grown[shape.Offset(z, y, Math.Min(shape.X - 1, x + 1))] = true;
                    }
                }
            }
        }

        return grown;
    }
}
