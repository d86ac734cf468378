using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;

namespace AdwUNet.Tests.Sampling;

/// <summary>A preprocessed case in memory.</summary>
internal sealed class FakeCase : IPreprocessedCase
{
    private readonly float[] _image;
    private readonly short[] _labels;

    public FakeCase(string id, Shape3 shape, float[] image, short[] labels)
    {
        Id = id;
        Shape = shape;
        _image = image;
        _labels = labels;
        ForegroundVoxels = labels.Select((label, offset) => (label, offset))
            .Where(item => item.label > 0)
            .GroupBy(item => (int)item.label)
            .ToDictionary(group => group.Key, group => group.Select(item => item.offset).ToArray());
    }

    /// <summary>What reading the image throws, if anything.</summary>
    public Exception? Failure { get; init; }

    public string Id { get; }

    public int Channels => (int)(_image.Length / Shape.Count);

    public Shape3 Shape { get; }

    public ReadOnlySpan<float> Image => Failure is null ? _image : throw Failure;

    public ReadOnlySpan<short> Labels => _labels;

    public IReadOnlyDictionary<int, int[]> ForegroundVoxels { get; }

    public string? ContentHash { get; init; }

    /// <summary>Smooth random intensities and three boxes: class 1, class 2, and a corner of which nothing is known (−1).</summary>
    public static FakeCase Random(int number, Shape3 shape, int channels = 1, string? hash = null)
    {
        var random = new Random(number);
        var image = new float[channels * shape.Count];
        for (var i = 0; i < image.Length; i++)
        {
            image[i] = (float)((random.NextDouble() * 2) - 1 + Math.Sin(i * 0.05));
        }

        return new($"case_{number:000}", shape, image, Boxes(shape)) { ContentHash = hash };
    }

    /// <summary>A label map with classes 1 and 2 in the middle and −1 in the first corner.</summary>
    public static short[] Boxes(Shape3 shape)
    {
        var labels = new short[shape.Count];
        for (var z = 0; z < shape.Z; z++)
        {
            for (var y = 0; y < shape.Y; y++)
            {
                for (var x = 0; x < shape.X; x++)
                {
                    var middle = z >= shape.Z / 4 && z <= 3 * shape.Z / 4 && y >= shape.Y / 4 && y < 3 * shape.Y / 4;
                    labels[shape.Offset(z, y, x)] = z < shape.Z / 8 && y < shape.Y / 8 && x < shape.X / 8 ? (short)-1
                        : middle && x >= shape.X / 4 && x < shape.X / 2 ? (short)1
                        : middle && x >= shape.X / 2 && x < 3 * shape.X / 4 ? (short)2
                        : (short)0;
                }
            }
        }

        return labels;
    }

    /// <summary>A plan of two poolings, the second in plane only.</summary>
    public static Plan Plan(Shape3 patch, int batchSize = 2, int channels = 1, bool inPlane = false) => new()
    {
        Dataset = "Task00_Fake",
        Modalities = [.. Enumerable.Range(0, channels).Select(i => $"channel {i}")],
        Classes = ["background", "one", "two"],
        AxisOrder = [0, 1, 2],
        Spacing = new(1, 1, 1),
        MedianShape = patch,
        PatchSize = patch,
        BatchSize = batchSize,
        PoolKernels = [new(2, 2, 2), new(1, 2, 2), new(1, 2, 2)],
        ConvKernels = [new(3, 3, 3), new(3, 3, 3), new(3, 3, 3), new(3, 3, 3)],
        Normalization = [.. Enumerable.Range(0, channels).Select(_ => new ChannelNormalization(NormalizationScheme.ZScore))],
        BatchDice = false,
        InPlaneAugmentation = inPlane,
    };
}
