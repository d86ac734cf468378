namespace AdwUNet.Cpu;

/// <summary>
/// Rows of factors for each channel of each sample, repeated to whole vectors, so that loops over voxels need not know where channels
/// begin.
/// </summary>
internal unsafe class ChannelFactors
{
    private readonly float[] _values;
    private readonly int _rows;

    /// <summary>Creates them with values still to be set.</summary>
    /// <param name="samples">Number of samples.</param>
    /// <param name="channels">Channels of a sample.</param>
    /// <param name="rows">Factors of a channel.</param>
    public ChannelFactors(int samples, int channels, int rows)
    {
        (_rows, Channels, Period) = (rows, channels, channels);
        while (Period % 16 != 0)
        {
            Period += channels;
        }

        _values = GC.AllocateUninitializedArray<float>(samples * rows * Period, pinned: true);
    }

    /// <summary>Channels of a sample.</summary>
    public int Channels { get; }

    /// <summary>Numbers after which a row repeats: the least common multiple of the channels and 16.</summary>
    public int Period { get; }

    /// <summary>A row of a sample, repeated to <see cref="Period"/>.</summary>
    public float* Row(int sample, int row)
    {
        fixed (float* values = &_values[((sample * _rows) + row) * Period])
        {
            return values; // the array is pinned for its life
        }
    }

    /// <summary>Sets one factor.</summary>
    public void Set(int sample, int row, int channel, double value)
    {
        var values = Row(sample, row);
        for (var i = channel; i < Period; i += Channels)
        {
            values[i] = (float)value;
        }
    }
}
