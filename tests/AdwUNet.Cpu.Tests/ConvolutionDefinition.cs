using AdwUNet.Imaging;

namespace AdwUNet.Cpu.Tests;

/// <summary>
/// A convolution as its definition says, in double precision: weight [coarse channel, fine channel, t] connects coarse voxel c with fine voxel
/// stride · c + t − padding. Arrays are channels-last.
/// </summary>
internal sealed class ConvolutionDefinition(ConvolutionShape shape)
{
    /// <summary>The coarse grid from the fine grid: a convolution, or the backward-data pass of a transposed convolution.</summary>
    public double[] ToCoarse(float[] fine, float[] weights)
    {
        var coarse = new double[shape.Batch * shape.Coarse.Count * shape.CoarseChannels];
        ForEach((c, f, w) => coarse[c] += (double)weights[w] * fine[f]);
        return coarse;
    }

    /// <summary>The fine grid from the coarse grid: a transposed convolution, or the backward-data pass of a convolution.</summary>
    public double[] ToFine(float[] coarse, float[] weights)
    {
        var fine = new double[shape.Batch * shape.Fine.Count * shape.FineChannels];
        ForEach((c, f, w) => fine[f] += (double)weights[w] * coarse[c]);
        return fine;
    }

    /// <summary>The backward-weights pass of either.</summary>
    public double[] ToWeights(float[] fine, float[] coarse)
    {
        var weights = new double[shape.CoarseChannels * shape.FineChannels * shape.Taps];
        ForEach((c, f, w) => weights[w] += (double)fine[f] * coarse[c]);
        return weights;
    }

    private void ForEach(Action<long, long, int> body)
    {
        foreach (var (n, c, tap, t) in from n in Enumerable.Range(0, shape.Batch)
                                       from c in Voxels(shape.Coarse)
                                       from tap in Voxels(shape.Kernel).Index()
                                       select (n, c, tap.Index, tap.Item))
        {
            int Fine(int axis) => (shape.Stride[axis] * c[axis]) + t[axis] - shape.Padding[axis];
            if (Enumerable.Range(0, 3).All(axis => Fine(axis) >= 0 && Fine(axis) < shape.Fine[axis]))
            {
                var (coarse, fine) = (Index(shape.Coarse, n, c) * shape.CoarseChannels, Index(shape.Fine, n, new(Fine(0), Fine(1), Fine(2))) * shape.FineChannels);
                for (var i = 0; i < shape.CoarseChannels; i++)
                {
                    for (var j = 0; j < shape.FineChannels; j++)
                    {
                        body(coarse + i, fine + j, (((i * shape.FineChannels) + j) * shape.Taps) + tap);
                    }
                }
            }
        }
    }

    private static long Index(Shape3 grid, int sample, Shape3 voxel) => ((((((long)sample * grid.Z) + voxel.Z) * grid.Y) + voxel.Y) * grid.X) + voxel.X;

    private static IEnumerable<Shape3> Voxels(Shape3 grid) =>
        from z in Enumerable.Range(0, grid.Z) from y in Enumerable.Range(0, grid.Y) from x in Enumerable.Range(0, grid.X) select new Shape3(z, y, x);
}
