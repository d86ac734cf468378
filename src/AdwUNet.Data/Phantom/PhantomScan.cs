using System.Numerics;

namespace AdwUNet.Phantom;

/// <summary>One channel of one case: the contrast as this scan happens to show it, bias field, noise, scale.</summary>
internal sealed class PhantomScan
{
    /// <summary>The scale's range: real hippocampus scans have maxima from 112 to 1.7 million.</summary>
    private const double SmallestScale = 120;

    private const double LargestScale = 1.5e6;

    /// <summary>How much the bias field's terms change the signal at the anatomy's border.</summary>
    private const double BiasStrength = 0.18;

    /// <summary>How much stronger or weaker than usual the target's contrast is.</summary>
    private const double ContrastVariation = 0.3;

    /// <summary>How much the calibration of CT differs between scans, in Hounsfield units.</summary>
    private const double CtOffset = 4;

    /// <summary>CT's smallest value: air, less noise.</summary>
    private const float CtFloor = -1024;

    private readonly PhantomContrast _contrast;
    private readonly PhantomRandom _noiseSource;
    private readonly bool _ct;
    private readonly float _scale;
    private readonly float _noise;
    private readonly Vector3 _linear;
    private readonly Vector3 _quadratic;

    public PhantomScan(PhantomContrast usual, PhantomOptions options, PhantomRandom random)
    {
        _ct = options.Intensities == PhantomIntensities.Ct;
        Vector3 Terms() => new(
            random.Uniform(-BiasStrength, BiasStrength),
            random.Uniform(-BiasStrength, BiasStrength),
            random.Uniform(-BiasStrength, BiasStrength));
        (_linear, _quadratic) = (Terms(), Terms());
        var strength = 1 + random.Uniform(-ContrastVariation, ContrastVariation);
        var magnitude = Math.Exp(random.Uniform(Math.Log(SmallestScale), Math.Log(LargestScale)));
        var offset = _ct ? random.Uniform(-CtOffset, CtOffset) : 0;
        _contrast = usual with
        {
            Matrix = usual.Matrix + offset,
            Structure = usual.Matrix + offset + ((usual.Structure - usual.Matrix) * strength),
        };
        _scale = _ct ? 1 : (float)magnitude;
        _noise = (float)(usual.Noise * options.Noise * random.Uniform(0.8, 1.2));

        // Noise has a source of its own, so that the same anatomy comes out whatever its strength.
        _noiseSource = new PhantomRandom(options.Seed, (ulong)(random.Next() * (1L << 53)) | (1UL << 63));
    }

    /// <summary>The signal of one point, without noise.</summary>
    public float Signal(in PhantomTissue tissue, float grain)
    {
        if (tissue.Outside)
        {
            return _contrast.Outside;
        }

        var matrix = 1 - tissue.Structure - tissue.Fluid - tissue.Bone;
        return (matrix * _contrast.Matrix) + (tissue.Structure * _contrast.Structure) + (tissue.Fluid * _contrast.Fluid)
            + (tissue.Bone * _contrast.Bone) + (grain * _contrast.Texture);
    }

    /// <summary>What the scanner shows for a voxel's mean signal.</summary>
    public float Measure(float signal, Vector3 position)
    {
        var (first, second) = _noiseSource.Normals();
        if (_ct)
        {
            return MathF.Max(CtFloor, MathF.Round(signal + (first * _noise)));
        }

        // Magnitude of a complex signal with noise in both components: Rician.
        var q = position / (PhantomAnatomy.Extent / 2);
        var bias = MathF.Exp(Vector3.Dot(_linear, q) + Vector3.Dot(_quadratic, (q * q) - new Vector3(1 / 3f)));
        var real = (signal * bias) + (first * _noise);
        var imaginary = second * _noise;
        return _scale * MathF.Sqrt((real * real) + (imaginary * imaginary));
    }
}
