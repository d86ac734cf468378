using AdwUNet.Imaging;
using AdwUNet.Preprocessing;

namespace AdwUNet.GpuCheck;

/// <summary>A case of noise in memory, with a box of every foreground class.</summary>
internal sealed class NoiseCase : IPreprocessedCase
{
    private const int Block = 1 << 16; // values drawn; the rest repeats them
    private const int MostVoxels = 1000; // of a class, to centre patches on

    private readonly float[] _image;
    private readonly short[] _labels;

    public NoiseCase(int number, Shape3 shape, int channels, int classes)
    {
        (Id, Shape, Channels) = ($"noise_{number:00}", shape, channels);
        var random = new Random(number);
        var drawn = Enumerable.Range(0, Block).Select(_ => (float)((random.NextDouble() * 2) - 1)).ToArray();
        _image = new float[checked((int)(channels * shape.Count))];
        for (var at = 0; at < _image.Length; at += Block)
        {
            drawn.AsSpan(0, Math.Min(Block, _image.Length - at)).CopyTo(_image.AsSpan(at));
        }

        _labels = new short[checked((int)shape.Count)];
        var voxels = Enumerable.Range(1, classes - 1).ToDictionary(label => label, _ => new List<int>());
        for (var label = 1; label < classes; label++)
        {
            // Each in its part of the middle of the last axis.
            var (first, end) = ((shape.X / 4) + ((label - 1) * (shape.X / 2) / (classes - 1)), (shape.X / 4) + (label * (shape.X / 2) / (classes - 1)));
            for (var z = shape.Z / 4; z <= 3 * shape.Z / 4; z++)
            {
                for (var y = shape.Y / 4; y <= 3 * shape.Y / 4; y++)
                {
                    for (var x = first; x < end; x++)
                    {
                        var offset = shape.Offset(z, y, x);
                        (_labels[offset], _image[offset]) = ((short)label, _image[offset] + label);
                        if (voxels[label].Count < MostVoxels)
                        {
                            voxels[label].Add(offset);
                        }
                    }
                }
            }
        }

        ForegroundVoxels = voxels.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray());
    }

    public string Id { get; }

    public int Channels { get; }

    public Shape3 Shape { get; }

    public ReadOnlySpan<float> Image => _image;

    public ReadOnlySpan<short> Labels => _labels;

    public IReadOnlyDictionary<int, int[]> ForegroundVoxels { get; }

    public string? ContentHash => Id;
}
