using AdwUNet.Imaging;

namespace AdwUNet.Interactive;

/// <summary>Turns slices into PNG images: the intensities in grey, the labels in class colours with a solid outline.</summary>
internal sealed class SlicePainter
{
    // The window excludes the lowest and highest half percent, as nnU-Net's CT clipping does. With labels it extends beyond the range of the labelled
    // voxels by at most that range: otherwise air and bone in computed tomography leave a single grey level for soft tissue.
    private const double LowQuantile = 0.005;
    private const double HighQuantile = 0.995;
    private const int MaxSamples = 100_000;
    private const byte FillOpacity = 70;
    private const byte OutlineOpacity = 255;

    // Label pictures of small volumes are enlarged to about this many pixels, so that outlines are finer than a voxel.
    private const int SmoothEdge = 256;

    private readonly Volume _image;
    private readonly int _channel;
    private readonly float _low;
    private readonly float _high;

    /// <param name="image">The intensities.</param>
    /// <param name="channel">Which of its channels, from 0.</param>
    /// <param name="labels">What the grey values must tell from its surroundings; null for nothing.</param>
    public SlicePainter(Volume image, int channel, LabelMap? labels = null)
    {
        if (channel < 0 || channel >= image.Channels)
        {
            throw new ChartException($"Channel {channel} was asked for, but the image has {image.Channels}; count from 0.");
        }

        _image = image;
        _channel = channel;
        var values = image.Channel(channel);
        (_low, _high) = Window(values, null);
        if (labels is not null && labels.Data.Any(label => label > 0))
        {
            var (low, high) = Window(values, labels.Data);
            if (high > low) (_low, _high) = (Math.Max(_low, low - (high - low)), Math.Min(_high, high + (high - low)));
        }

        if (_high <= _low) _high = _low + 1;
    }

    /// <summary>The range of the values but for the outermost, of all voxels or of the labelled.</summary>
    private static (float Low, float High) Window(ReadOnlySpan<float> values, short[]? labels)
    {
        var step = Math.Max(1, values.Length / MaxSamples);
        var sample = new List<float>();
        for (var i = 0; i < values.Length; i += step)
        {
            if (float.IsFinite(values[i]) && (labels is null || labels[i] > 0)) sample.Add(values[i]);
        }

        if (sample.Count == 0) return labels is null ? (0, 1) : Window(values, null);
        sample.Sort();
        return (sample[(int)(LowQuantile * (sample.Count - 1))], sample[(int)(HighQuantile * (sample.Count - 1))]);
    }

    /// <summary>The intensities as a grey PNG whose longer edge has at most this many pixels.</summary>
    public byte[] Image(SlicePlane plane, int maxEdge)
    {
        var values = _image.Channel(_channel);
        var (rowStep, columnStep, rows, columns) = Steps(plane, maxEdge);
        var pixels = new byte[rows * columns];
        for (var r = 0; r < rows; r++)
        {
            for (var c = 0; c < columns; c++)
            {
                double sum = 0;
                var count = 0;
                for (var y = r * rowStep; y < Math.Min((r + 1) * rowStep, plane.Rows); y++)
                {
                    for (var x = c * columnStep; x < Math.Min((c + 1) * columnStep, plane.Columns); x++, count++)
                    {
                        var value = values[plane.Offsets[(y * plane.Columns) + x]];
                        sum += Finite(value);
                    }
                }

                pixels[(r * columns) + c] = Level(sum / count);
            }
        }

        return Png.Grey(pixels, columns, rows);
    }

    /// <summary>An intensity in the window of this image: 0 is black, 255 white.</summary>
    public byte Level(double value) => (byte)Math.Clamp(255 * (value - _low) / (_high - _low), 0, 255);

    /// <summary>An intensity, or black for what is no number.</summary>
    public float Finite(float value) => float.IsFinite(value) ? value : _low;

    /// <summary>The labels as a PNG for the same frame, transparent where there is background; null if the slice has none.</summary>
    public static byte[]? Labels(LabelMap labels, SlicePlane plane, int maxEdge)
    {
        var (rowStep, columnStep, rows, columns) = Steps(plane, maxEdge);
        var zoom = Math.Max(1, Math.Min(SmoothEdge, maxEdge) / Math.Max(rows, columns));
        (rows, columns) = (rows * zoom, columns * zoom);
        var classes = new short[rows * columns];
        for (var r = 0; r < rows; r++)
        {
            for (var c = 0; c < columns; c++)
            {
                var y = Math.Min((r / zoom * rowStep) + (rowStep / 2), plane.Rows - 1);
                var x = Math.Min((c / zoom * columnStep) + (columnStep / 2), plane.Columns - 1);
                classes[(r * columns) + c] = labels.Data[plane.Offsets[(y * plane.Columns) + x]];
            }
        }

        var highest = classes.Max();
        if (highest <= 0) return null;

        // Per class two palette entries: the fill (odd) and the outline (even); more classes than that share colours anyway.
        var cycle = Theme.Overlay.Count;
        var palette = new List<(byte, byte, byte, byte)> { (0, 0, 0, 0) };
        for (var k = 1; k <= Math.Min(highest, cycle); k++)
        {
            var (red, green, blue) = Theme.Rgb(Theme.Class(k));
            palette.Add((red, green, blue, FillOpacity));
            palette.Add((red, green, blue, OutlineOpacity));
        }

        var pixels = new byte[classes.Length];
        for (var i = 0; i < classes.Length; i++)
        {
            if (classes[i] <= 0) continue;
            var entry = (2 * ((classes[i] - 1) % cycle)) + 1;
            pixels[i] = (byte)(IsOutline(classes, rows, columns, i) ? entry + 1 : entry);
        }

        return Png.Indexed(pixels, columns, rows, palette);
    }

    private static bool IsOutline(short[] classes, int rows, int columns, int i)
    {
        var (r, c) = (i / columns, i % columns);
        return (r > 0 && classes[i - columns] != classes[i])
            || (r < rows - 1 && classes[i + columns] != classes[i])
            || (c > 0 && classes[i - 1] != classes[i])
            || (c < columns - 1 && classes[i + 1] != classes[i]);
    }

    private static (int RowStep, int ColumnStep, int Rows, int Columns) Steps(SlicePlane plane, int maxEdge)
    {
        var rowStep = (plane.Rows + maxEdge - 1) / maxEdge;
        var columnStep = (plane.Columns + maxEdge - 1) / maxEdge;
        return (rowStep, columnStep, (plane.Rows + rowStep - 1) / rowStep, (plane.Columns + columnStep - 1) / columnStep);
    }
}
