using AdwUNet.Augmentation;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;

namespace AdwUNet.Sampling;

/// <summary>
/// Draws where the patches of a batch are taken, as nnU-Net v1's <c>DataLoader3D</c> does: a random case; the last third of a
/// batch is centred on a random voxel of a random class that is present, the rest lies anywhere.
/// </summary>
/// <remarks>
/// nnU-Net loads a larger patch so that a rotated one fits and then takes its middle; what remains of that for the final patch
/// is the rule here: it stays within the volume, padded evenly where the volume is smaller. A patch centred on foreground is kept
/// from hanging over the lower border only, as published. nnU-Net's padding grows for all later cases once a small case was met
/// (it changes a shared array); here each case has its own, since a batch may not depend on the ones before.
/// </remarks>
internal sealed class PatchSampler
{
    private readonly IReadOnlyList<IPreprocessedCase> _cases;
    private readonly int[][][] _foreground;
    private readonly int[]?[] _annotated;
    private readonly Shape3 _patch;
    private readonly double _firstForeground;

    public PatchSampler(IReadOnlyList<IPreprocessedCase> cases, Shape3 patch, int batchSize, double foregroundFraction)
    {
        _cases = cases;
        _patch = patch;

        // Rounds half to even, as Python does.
        _firstForeground = Math.Round(batchSize * (1 - foregroundFraction));

        // Sorted, so that the draw does not depend on the order in which a dictionary was filled.
        _foreground = [.. cases.Select(c => c.ForegroundVoxels
            .Where(pair => pair.Key > 0 && pair.Value.Length > 0)
            .OrderBy(pair => pair.Key)
            .Select(pair => pair.Value)
            .ToArray())];
        _annotated = [.. cases.Select(c => c.ForegroundVoxels.GetValueOrDefault(ForegroundSampler.Annotated) is { Length: > 0 } voxels ? voxels : null)];
    }

    /// <summary>Whether a sample of the batch must be centred on foreground.</summary>
    public bool IsForeground(int sample) => sample >= _firstForeground;

    /// <summary>Draws case and position of one sample.</summary>
    public PatchLocation Draw(int sample, RandomSequence random)
    {
        var index = random.NextInt(_cases.Count);
        var classes = _foreground[index];
        var size = _cases[index].Shape;
        if (!IsForeground(sample) || classes.Length == 0)
        {
            return _annotated[index] is { } annotated ? CentredOnOneOf(annotated) : new(_cases[index], new(
                DrawOrigin(size.Z, _patch.Z, random),
                DrawOrigin(size.Y, _patch.Y, random),
                DrawOrigin(size.X, _patch.X, random)));
        }

        return CentredOnOneOf(classes[random.NextInt(classes.Length)]);

        PatchLocation CentredOnOneOf(int[] voxels)
        {
            var voxel = voxels[random.NextInt(voxels.Length)];
            return new(_cases[index], new(
                Centre(voxel / (size.X * size.Y), size.Z, _patch.Z),
                Centre(voxel / size.X % size.Y, size.Y, _patch.Y),
                Centre(voxel % size.X, size.X, _patch.X)));
        }
    }

    /// <summary>The smallest index of a patch's first voxel: 0, or half of what the volume lacks, rounded up.</summary>
    internal static int LowestOrigin(int size, int patch) => -HalfPadding(size, patch);

    /// <summary>The largest index of a patch's first voxel when the patch is not centred on foreground.</summary>
    internal static int HighestOrigin(int size, int patch) => size + HalfPadding(size, patch) - patch;

    private static int HalfPadding(int size, int patch) => (Math.Max(0, patch - size) + 1) / 2;

    private static int DrawOrigin(int size, int patch, RandomSequence random)
    {
        var low = LowestOrigin(size, patch);
        return low + random.NextInt(HighestOrigin(size, patch) - low + 1);
    }

    private static int Centre(int voxel, int size, int patch) => Math.Max(LowestOrigin(size, patch), voxel - (patch / 2));
}
