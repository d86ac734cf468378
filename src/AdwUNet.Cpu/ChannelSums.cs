namespace AdwUNet.Cpu;

/// <summary>Sums and sums of squares over the voxels of each channel of each sample.</summary>
internal sealed class ChannelSums(int samples, int channels)
{
    private readonly double[] _values = new double[samples * channels];
    private readonly double[] _squares = new double[samples * channels];

    /// <summary>Sets all sums to 0.</summary>
    public void Clear()
    {
        Array.Clear(_values);
        Array.Clear(_squares);
    }

    /// <summary>Adds a partial sum.</summary>
    public void Add(int sample, int channel, double sum, double squares)
    {
        _values[(sample * channels) + channel] += sum;
        _squares[(sample * channels) + channel] += squares;
    }

    /// <summary>The mean and the biased variance, from the sums over the given number of voxels.</summary>
    public (double Mean, double Variance) Moments(int sample, int channel, double voxels)
    {
        var i = (sample * channels) + channel;
        var mean = _values[i] / voxels;

        // Rounding must not make the variance negative. NaN propagates.
        var variance = (_squares[i] / voxels) - (mean * mean);
        return (mean, variance < 0 ? 0 : variance);
    }
}
