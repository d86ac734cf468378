using System.Runtime.Intrinsics;

namespace AdwUNet.Cpu;

/// <summary>
/// Direct backward-weights products: one product for each tap along x. A step takes the fine voxels under the tap at one coarse voxel (float32) or at
/// two neighbouring coarse voxels (bfloat16). The bfloat16 pairs are packed in advance: with stride 1, the pairs that begin at even and at odd
/// voxels; otherwise the pairs of every tap.
/// </summary>
internal sealed unsafe class DirectRowLayout<T> : RowLayout<T>
    where T : struct, IStorageFormat
{
    private readonly int _channels;
    private readonly int _versions;
    private readonly int _entries;
    private readonly int _voxelsPerEntry;
    private readonly int _stride;

    /// <param name="kernel">Number of taps along the row.</param>
    /// <param name="stride">Fine voxels from one coarse voxel to the next.</param>
    /// <param name="coarse">Coarse voxels of a row.</param>
    /// <param name="channels">Number of fine channels to pack.</param>
    public DirectRowLayout(int kernel, int stride, int coarse, int channels)
    {
        (Products, _stride, _channels) = (kernel, stride, channels);
        Steps = (coarse + T.PerStep - 1) / T.PerStep;
        FineVoxels = (((Steps * T.PerStep) - 1) * stride) + kernel;
        if (T.PerStep == 1)
        {
            (_versions, _entries, _voxelsPerEntry, EntriesPerStep) = (1, FineVoxels, 1, stride);
            return;
        }

        var shared = stride == 1;
        _versions = shared ? Math.Min(T.PerStep, kernel) : kernel;
        _entries = Steps + (shared ? (kernel - 1) / T.PerStep : 0);
        _voxelsPerEntry = T.PerStep * stride;
        EntriesPerStep = 1;
    }

    /// <inheritdoc/>
    public override int Products { get; }

    /// <inheritdoc/>
    public override int CoarseRows => 1;

    /// <inheritdoc/>
    public override int Steps { get; }

    /// <inheritdoc/>
    public override int FineVoxels { get; }

    /// <inheritdoc/>
    public override int CoarseVoxels => Steps * T.PerStep;

    /// <inheritdoc/>
    public override int EntryBytes => _channels * sizeof(float);

    /// <inheritdoc/>
    public override int EntriesPerStep { get; }

    /// <inheritdoc/>
    public override int FineBytes => _versions * _entries * EntryBytes;

    /// <inheritdoc/>
    public override int FineOffset(int product) => T.PerStep == 1 || _stride > 1
        ? (T.PerStep == 1 ? product : product * _entries) * EntryBytes
        : ((product % T.PerStep * _entries) + (product / T.PerStep)) * EntryBytes;

    /// <inheritdoc/>
    public override void FillFine(byte* row, int firstChannel, int allChannels, byte* target)
    {
        var voxel = allChannels * T.Size;
        for (var version = 0; version < _versions; version++)
        {
            var first = row + (version * voxel) + (firstChannel * T.Size);
            for (var entry = 0; entry < _entries; entry++)
            {
                T.Interleave(target, first, first + (_stride * voxel), _channels);
                target += EntryBytes;
                first += _voxelsPerEntry * voxel;
            }
        }
    }

    /// <inheritdoc/>
    public override void FillCoarse(byte* row, int allChannels, int vectors, byte* target, nint next)
    {
        var voxel = allChannels * T.Size;
        for (var step = 0; step < Steps; step++, row += T.PerStep * voxel, target += vectors * 64)
        {
            T.Interleave(target, row, row + voxel, 16 * vectors);
        }
    }

    /// <inheritdoc/>
    public override void ToTaps(Span<Vector512<float>> sums)
    {
    }
}
