using AdwUNet.Imaging;

namespace AdwUNet.Cpu;

/// <summary>
/// How a row of fine voxels is laid out for a <see cref="WeightGradient{T}"/>. A step takes the voxels under one tap at one coarse voxel, or in
/// pairs at two neighbouring ones, so pairs are stored ready made: for stride 1 those that begin at even and those that begin at odd
/// voxels, else those of every tap.
/// </summary>
internal readonly unsafe struct FineRows<T>
    where T : struct, IElement
{
    private readonly int _channels;
    private readonly int _versions;
    private readonly int _entries;
    private readonly int _voxelsPerEntry;
    private readonly int _stride;

    /// <param name="kernel">Taps along the row.</param>
    /// <param name="stride">Fine voxels from one coarse voxel to the next.</param>
    /// <param name="coarse">Coarse voxels of a row.</param>
    /// <param name="channels">Channels that are kept.</param>
    public FineRows(int kernel, int stride, int coarse, int channels)
    {
        (_stride, _channels) = (stride, channels);
        Steps = (coarse + T.PerStep - 1) / T.PerStep;
        Voxels = (((Steps * T.PerStep) - 1) * stride) + kernel;
        if (T.PerStep == 1)
        {
            (_versions, _entries, _voxelsPerEntry, EntriesPerStep) = (1, Voxels, 1, stride);
            return;
        }

        var shared = stride == 1;
        _versions = shared ? Math.Min(T.PerStep, kernel) : kernel;
        _entries = Steps + (shared ? (kernel - 1) / T.PerStep : 0);
        _voxelsPerEntry = T.PerStep * stride;
        EntriesPerStep = 1;
    }

    /// <summary>Steps of a row.</summary>
    public int Steps { get; }

    /// <summary>Voxels that a row must have, with the zeros around it.</summary>
    public int Voxels { get; }

    /// <summary>From one step to the next.</summary>
    public int EntriesPerStep { get; }

    /// <summary>Bytes of a row.</summary>
    public int Bytes => _versions * _entries * EntryBytes;

    /// <summary>Bytes of the channels of one step.</summary>
    public int EntryBytes => _channels * sizeof(float);

    /// <summary>Where the first step of a tap begins, in bytes from the row.</summary>
    public int Offset(int tap) => T.PerStep == 1 || _stride > 1
        ? (T.PerStep == 1 ? tap : tap * _entries) * EntryBytes
        : ((tap % T.PerStep * _entries) + (tap / T.PerStep)) * EntryBytes;

    /// <summary>Lays out a row.</summary>
    /// <param name="row">Its voxels with all channels.</param>
    /// <param name="firstChannel">The first that is kept.</param>
    /// <param name="allChannels">Channels of a voxel.</param>
    /// <param name="target">Of <see cref="Bytes"/>; up to 15 channels more are overwritten.</param>
    public void Fill(byte* row, int firstChannel, int allChannels, byte* target)
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
}
