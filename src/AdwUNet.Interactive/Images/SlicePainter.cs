using AdwUNet.Imaging;

namespace AdwUNet.Interactive;

/// <summary>Turns slices into PNG images: the intensities in grey, the labels in class colours with a solid outline.</summary>
internal sealed class SlicePainter
{
    // The window leaves out the outermost half percent at either end, as nnU-Net's CT clipping does. Where there are labels, it is that of
    // their surroundings: in computed tomography air and bone would leave soft tissue one grey.
    private const double LowQuantile = 0.005;
    private const double HighQuantile = 0.995;
    private const int MaxSamples = 100_000;
    private const byte FillOpacity = 70;
    private const byte OutlineOpacity = 255;

    // Label pictures of small volumes are enlarged to about so many pixels, so that outlines are finer than a voxel.
    private const int SmoothEdge = 256;

    private readonly Volume _image;
    private readonly int _channel;
    private readonly float _low;
    private readonly float _high;

    /// <param name="image">The intensities.</param>
    /// <param name="channel">Which of its channels, from 0.</param>
    /// <param name="labels">Whose surroundings the grey values are for; null for all of the image.</param>
    public SlicePainter(Volume image, int channel, LabelMap? labels = null)
    {
        if (channel < 0 || channel >= image.Channels)
        {
            throw new ChartException($"Channel {channel} was asked for, but the image has {image.Channels}; count from 0.");
        }

        _image = image;
        _channel = channel;
        var values = image.Channel(channel);
        var (from, to) = Surroundings(labels, image.Shape);
        var step = Math.Max(1, (int)((long)(to.Z - from.Z) * (to.Y - from.Y) * (to.X - from.X) / MaxSamples));
        var sample = new List<float>();
        var passed = 0;
        for (var z = from.Z; z < to.Z; z++)
        {
            for (var y = from.Y; y < to.Y; y++)
            {
                for (var x = from.X; x < to.X; x++)
                {
                    var value = values[image.Shape.Offset(z, y, x)];
                    if (passed++ % step == 0 && float.IsFinite(value)) sample.Add(value);
                }
            }
        }

        sample.Sort();
        _low = sample.Count == 0 ? 0 : sample[(int)(LowQuantile * (sample.Count - 1))];
        _high = sample.Count == 0 ? 1 : sample[(int)(HighQuantile * (sample.Count - 1))];
        if (_high <= _low) _high = _low + 1;
    }

    /// <summary>The box of the labelled voxels and half its size more at every side; all where nothing is labelled.</summary>
    private static (Shape3 From, Shape3 To) Surroundings(LabelMap? labels, Shape3 shape)
    {
        var (low, high) = (shape.ToArray(), new int[3]);
        Span<int> at = stackalloc int[3];
        for (var i = 0; i < (labels?.Data.Length ?? 0); i++)
        {
            if (labels!.Data[i] <= 0) continue;
            (at[0], at[1], at[2]) = (i / (shape.Y * shape.X), i / shape.X % shape.Y, i % shape.X);
            for (var axis = 0; axis < 3; axis++)
            {
                low[axis] = Math.Min(low[axis], at[axis]);
                high[axis] = Math.Max(high[axis], at[axis] + 1);
            }
        }

        if (high[0] == 0) return (new Shape3(0, 0, 0), shape);
        int[] more = [.. Enumerable.Range(0, 3).Select(axis => (high[axis] - low[axis] + 1) / 2)];
        return (
            Shape3.From([.. Enumerable.Range(0, 3).Select(axis => Math.Max(0, low[axis] - more[axis]))]),
            Shape3.From([.. Enumerable.Range(0, 3).Select(axis => Math.Min(shape[axis], high[axis] + more[axis]))]));
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
