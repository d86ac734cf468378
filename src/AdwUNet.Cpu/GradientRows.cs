using System.Runtime.Intrinsics;

namespace AdwUNet.Cpu;

/// <summary>
/// How rows of voxels are laid out for a <see cref="WeightGradient{T}"/>: a row of fine and one of coarse voxels make some products along x,
/// each a sum over steps of a fine entry's channels times a coarse entry's.
/// </summary>
internal abstract unsafe class GradientRows<T>
    where T : struct, IElement
{
    /// <summary>Products along x: taps, or what taps are computed from.</summary>
    public abstract int Products { get; }

    /// <summary>Rows of coarse entries: one that all products share, or one for each.</summary>
    public abstract int CoarseRows { get; }

    /// <summary>Steps of a row.</summary>
    public abstract int Steps { get; }

    /// <summary>Fine voxels that a row must have, with the zeros around it.</summary>
    public abstract int FineVoxels { get; }

    /// <summary>Coarse voxels that a row must have, with the zeros after it.</summary>
    public abstract int CoarseVoxels { get; }

    /// <summary>Bytes of the fine channels of one step.</summary>
    public abstract int EntryBytes { get; }

    /// <summary>Fine entries from one step to the next.</summary>
    public virtual int EntriesPerStep => 1;

    /// <summary>Bytes of a row of fine entries.</summary>
    public abstract int FineBytes { get; }

    /// <summary>The layout of a convolution's rows that is computed fastest.</summary>
    /// <param name="shape">The convolution.</param>
    /// <param name="channels">Fine channels that are kept.</param>
    public static GradientRows<T> Of(ConvolutionShape shape, int channels)
    {
        var direct = new DirectRows<T>(shape.Kernel.X, shape.Stride.X, shape.Coarse.X, channels);
        if (!Winograd.Suits(shape, T.PerStep))
        {
            return direct;
        }

        // Four sums for three taps cost memory, which must be worth it: a short row wastes much of its last step.
        const double LeastGain = 1.15;
        var winograd = new WinogradRows<T>(shape.Coarse.X, channels);
        return winograd.Products * winograd.Steps * LeastGain <= direct.Products * direct.Steps ? winograd : direct;
    }

    /// <summary>Bytes of a row of coarse entries, for one block of columns.</summary>
    public int CoarseBytes(int vectors) => Steps * vectors * 64;

    /// <summary>Where the first step of a product begins, in bytes from the row of fine entries.</summary>
    public abstract int FineOffset(int product);

    /// <summary>Lays out a row of fine voxels.</summary>
    /// <param name="row">Its voxels with all channels; a voxel and 15 numbers after them may be read.</param>
    /// <param name="firstChannel">The first that is kept.</param>
    /// <param name="allChannels">Channels of a voxel.</param>
    /// <param name="target">Of <see cref="FineBytes"/>; up to 15 channels more are overwritten.</param>
    public abstract void FillFine(byte* row, int firstChannel, int allChannels, byte* target);

    /// <summary>Lays out a row of coarse voxels.</summary>
    /// <param name="row">Its voxels, from the first channel that is kept; up to 15 numbers after them are read.</param>
    /// <param name="allChannels">Channels of a voxel.</param>
    /// <param name="vectors">Channels to keep, in vectors of 16.</param>
    /// <param name="target">Of <see cref="CoarseBytes"/>.</param>
    /// <param name="next">Bytes from there to the next of <see cref="CoarseRows"/>.</param>
    public abstract void FillCoarse(byte* row, int allChannels, int vectors, byte* target, nint next);

    /// <summary>Makes gradients of weights along x from 16 columns of the products' sums.</summary>
    /// <param name="sums">The first product's; replaced by the first tap's.</param>
    public abstract void ToTaps(Span<Vector512<float>> sums);
}
