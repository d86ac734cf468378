using System.Runtime.Intrinsics;

namespace AdwUNet.Cpu;

/// <summary>
/// Packs rows of voxels for <see cref="BackwardWeights{T}"/>. A row of fine and a row of coarse voxels give some products along x; each is a sum over
/// steps of the outer product of a packed fine entry and a packed coarse entry.
/// </summary>
internal abstract unsafe class RowLayout<T>
    where T : struct, IStorageFormat
{
    /// <summary>Products along x: the taps, or the Winograd products that the taps are computed from.</summary>
    public abstract int Products { get; }

    /// <summary>Packed coarse rows: one that all products share, or one for each product.</summary>
    public abstract int CoarseRows { get; }

    /// <summary>Steps of a row.</summary>
    public abstract int Steps { get; }

    /// <summary>Fine voxels that a row must have, including the zero padding.</summary>
    public abstract int FineVoxels { get; }

    /// <summary>Coarse voxels that a row must have, including zeros behind its end.</summary>
    public abstract int CoarseVoxels { get; }

    /// <summary>Bytes of a packed fine entry: the fine channels of one step.</summary>
    public abstract int EntryBytes { get; }

    /// <summary>Fine entries from one step to the next.</summary>
    public virtual int EntriesPerStep => 1;

    /// <summary>Bytes of the packed fine row.</summary>
    public abstract int FineBytes { get; }

    /// <summary>Chooses the fastest layout for a convolution.</summary>
    /// <param name="shape">The convolution.</param>
    /// <param name="channels">Number of fine channels to pack.</param>
    public static RowLayout<T> Of(ConvolutionShape shape, int channels)
    {
        var direct = new DirectRowLayout<T>(shape.Kernel.X, shape.Stride.X, shape.Coarse.X, channels);
        if (!Winograd.Supports(shape, T.PerStep))
        {
            return direct;
        }

        // Four products for three taps need more memory, and a short row wastes much of its last step. Winograd must gain enough to outweigh both.
        const double MinGain = 1.15;
        var winograd = new WinogradRowLayout<T>(shape.Coarse.X, channels);
        return winograd.Products * winograd.Steps * MinGain <= direct.Products * direct.Steps ? winograd : direct;
    }

    /// <summary>Bytes of a packed coarse row, for one column block.</summary>
    public int CoarseBytes(int vectors) => Steps * vectors * 64;

    /// <summary>Offset of the first step of a product in the packed fine row, in bytes.</summary>
    public abstract int FineOffset(int product);

    /// <summary>Packs a row of fine voxels.</summary>
    /// <param name="row">The voxels with all channels; one voxel and 15 values behind the end may be read.</param>
    /// <param name="firstChannel">The first channel to pack.</param>
    /// <param name="allChannels">Channels of a voxel.</param>
    /// <param name="target">Has <see cref="FineBytes"/>; up to 15 more channels are overwritten.</param>
    public abstract void FillFine(byte* row, int firstChannel, int allChannels, byte* target);

    /// <summary>Packs a row of coarse voxels.</summary>
    /// <param name="row">The voxels, from the first channel to pack; up to 15 values behind the end are read.</param>
    /// <param name="allChannels">Channels of a voxel.</param>
    /// <param name="vectors">Vectors of 16 channels to pack.</param>
    /// <param name="target">Has <see cref="CoarseBytes"/>.</param>
    /// <param name="next">Bytes from one of the <see cref="CoarseRows"/> to the next.</param>
    public abstract void FillCoarse(byte* row, int allChannels, int vectors, byte* target, nint next);

    /// <summary>Transforms the sums of the products into the gradients of the taps along x, for 16 columns.</summary>
    /// <param name="sums">The sums of the products; overwritten with the gradients of the taps.</param>
    public abstract void ToTaps(Span<Vector512<float>> sums);
}
