using System.Text.Json.Serialization;
using AdwUNet.Networks;

namespace AdwUNet.Prediction;

/// <summary>How a volume is predicted tile by tile; the defaults are nnU-Net v1's.</summary>
public sealed record PredictionOptions
{
    /// <summary>The largest distance between neighbouring tiles as a fraction of the patch, in (0, 1].</summary>
    public double StepSize { get; init; } = 0.5;

    /// <summary>
    /// The axes (0 = z, 1 = y, 2 = x) along which each tile is also predicted mirrored, in every combination. All three axes
    /// give 8 forward passes per tile, none gives 1.
    /// </summary>
    public IReadOnlyList<int> MirrorAxes { get; init; } = [0, 1, 2];

    /// <summary>Whether the centre of a tile has more weight than its border. A single tile that covers the whole volume is not weighted.</summary>
    public bool Gaussian { get; init; } = true;

    /// <summary>
    /// Patches (tiles and their mirrorings) per forward pass. It affects time and memory, not the result. When null: on a GPU as many as fit, on a CPU 2,
    /// since libtorch takes up to 5 times as long for a single patch (measured at width 8), and more than 2 gains nothing (width 8) or is slower (width 32).
    /// </summary>
    public int? BatchSize { get; init; }

    /// <summary>
    /// The precision of the network, whatever its own <see cref="EncoderDecoder.Precision"/> is: float32, bfloat16 (several
    /// times faster on a CPU with AVX512-BF16; a probability then differs by some thousandths), or auto, which is bfloat16 where the processor is
    /// fast in it. Softmax and averaging are float32 in any case.
    /// </summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>
    /// Whether several networks vote for the label of each voxel (<see cref="Imaging.MajorityVote"/>), as the paper does with its five folds on the test set.
    /// Otherwise their probabilities are averaged, as in nnU-Net.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool MajorityVote { get; init; }

    /// <summary>Checks the values.</summary>
    /// <exception cref="SegmentationException">One of them is out of range.</exception>
    internal void Validate()
    {
        if (!(StepSize is > 0 and <= 1))
            throw new SegmentationException($"The prediction step size is {StepSize}; give a fraction of the patch in (0, 1].");

        if (BatchSize < 1)
            throw new SegmentationException($"The prediction batch size is {BatchSize}; give at least 1.");

        if (MirrorAxes.Any(axis => axis is < 0 or > 2) || MirrorAxes.Distinct().Count() != MirrorAxes.Count)
        {
            throw new SegmentationException(
                $"The mirror axes are [{string.Join(", ", MirrorAxes)}]; give each of 0 (z), 1 (y) and 2 (x) at most once.");
        }
    }
}

/// <summary>How far a prediction is.</summary>
/// <param name="Done">Tiles predicted so far.</param>
/// <param name="Total">Tiles in all.</param>
public readonly record struct PredictionProgress(int Done, int Total);
