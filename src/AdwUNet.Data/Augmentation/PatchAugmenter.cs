using AdwUNet.Imaging;
using AdwUNet.Planning;

namespace AdwUNet.Augmentation;

/// <summary>Takes a patch from a case and changes it at random. Not thread-safe, because it keeps scratch memory.</summary>
internal sealed class PatchAugmenter
{
    private readonly AugmentationOptions _options;
    private readonly bool _inPlane;
    private readonly bool[] _masked;
    private readonly AffineSampler _affine;
    private float[] _scratch = [];

    public PatchAugmenter(AugmentationOptions options, Plan plan)
    {
        _options = options;
        _inPlane = plan.InPlaneAugmentation;
        _affine = new((short?)plan.Labels?.IgnoreLabel);
        _masked = [.. plan.Normalization.Select(n => n.Scheme == NormalizationScheme.MaskedZScore)];
    }

    /// <summary>Fills a patch.</summary>
    /// <param name="location">Where it is taken.</param>
    /// <param name="patch">Its size.</param>
    /// <param name="image">(channel, z, y, x).</param>
    /// <param name="labels">(z, y, x); −1 outside the volume and where nothing is known.</param>
    /// <param name="random">The source of random numbers.</param>
    public void Fill(PatchLocation location, Shape3 patch, Span<float> image, Span<short> labels, RandomSequence random)
    {
        if (_scratch.Length < labels.Length)
        {
            _scratch = new float[labels.Length];
        }

        if (_options.Spatial?.Draw(random, _inPlane) is { } affine)
        {
            _affine.Sample(location, patch, affine, _options.Spatial.Interpolation, image, labels);
        }
        else
        {
            PatchReader.ReadImage(location, patch, image);
            PatchReader.ReadLabels(location, patch, labels);
        }

        _options.GaussianNoise?.Apply(image, random);
        _options.GaussianBlur?.Apply(image, patch, _scratch, random);
        _options.Brightness?.Apply(image, patch, random);
        _options.Contrast?.Apply(image, patch, random);
        _options.LowResolution?.Apply(image, patch, _inPlane, _scratch, random);
        _options.InvertedGamma?.Apply(image, patch, random);
        _options.Gamma?.Apply(image, patch, random);
        _options.Mirror?.Apply(image, labels, patch, random);
        ClearOutside(image, labels);
    }

    /// <summary>
    /// Sets channels to 0 outside the non-zero region if preprocessing did so (nnU-Net v1's <c>MaskTransform</c>).
    /// </summary>
    private void ClearOutside(Span<float> image, ReadOnlySpan<short> labels)
    {
        for (var channel = 0; channel < _masked.Length; channel++)
        {
            if (!_masked[channel])
            {
                continue;
            }

            var voxels = image.Slice(channel * labels.Length, labels.Length);
            for (var i = 0; i < labels.Length; i++)
            {
                voxels[i] = labels[i] < 0 ? 0 : voxels[i];
            }
        }
    }
}
