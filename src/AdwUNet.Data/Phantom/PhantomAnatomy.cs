using System.Numerics;

namespace AdwUNet.Phantom;

/// <summary>
/// One case's random anatomy in millimetres (x, y, z) around the origin: the target (a bent, tapering tube with a thicker head),
/// a fluid strand beside it, and look-alikes of the target's intensity: a wavy cortex, a strand through the whole field, blobs.
/// Only form and place tell the target from them; a thin rim of matrix always separates it from them.
/// </summary>
internal sealed class PhantomAnatomy
{
    /// <summary>The anatomy's mean extent: the default field of view at 1 mm.</summary>
    public static readonly Vector3 Extent = new(35, 50, 36);

    /// <summary>Millimetres over which one material passes into another.</summary>
    private const float Edge = 0.8f;

    /// <summary>Millimetres of matrix between the target and its look-alikes.</summary>
    private const float Rim = 1.3f;

    /// <summary>The anatomy ends where (x/a)^4 + (y/b)^4 + (z/c)^4 exceeds 1: a rounded box.</summary>
    private const float BodyLimit = 1f;

    /// <summary>Bone lies between this value of the sum and the limit.</summary>
    private const float BoneFrom = 0.75f;

    /// <summary>How much slower the cortex folds than the tissue's texture varies.</summary>
    private const float FoldFrequency = 0.45f;

    private readonly PhantomTube _target;
    private readonly PhantomTube _fluid;
    private readonly PhantomTube _strand;
    private readonly (Vector3 Centre, Vector3 Radii)[] _blobs;
    private readonly float[] _borders;
    private readonly (float Height, float Thickness, float Folding) _cortex;
    private readonly PhantomTexture _folds;
    private readonly bool _bounded;
    private readonly bool _bony;

    public PhantomAnatomy(PhantomRandom random, PhantomOptions options)
    {
        _bony = options.Intensities == PhantomIntensities.Ct;
        _bounded = _bony || options.SkullStripped;

        var half = random.Uniform(14, 17.5);
        var arch = random.Uniform(3, 6) * 1.5f;
        var curl = random.Uniform(1, 5) * 1.5f;
        var side = random.Coin() ? 1f : -1f;
        var pose = Matrix4x4.CreateFromYawPitchRoll(
            random.Uniform(-0.2, 0.2), random.Uniform(-0.25, 0.25), random.Uniform(-0.25, 0.25));
        var shift = new Vector3(random.Uniform(-2, 2), random.Uniform(-2, 2), random.Uniform(-2.5, 0.5));
        Vector3 Place(float x, float y, float z) => Vector3.Transform(new Vector3(x * side, y, z), pose) + shift;

        // The head (t = 0) is anterior, which is high y in the scanner's axes.
        _borders = Borders(random, options.Parts);
        var girth = random.Uniform(5, 6.6);
        _target = new PhantomTube(
            [Place(-curl / 2, half, -2), Place(curl / 2, half / 3, arch - 2), Place(curl / 2, -half / 3, arch - 1), Place(-curl, -half, -1)],
            t => Girth(t, girth),
            random.Uniform(0.95, 1.25));

        var gap = girth + random.Uniform(1.6, 2.6);
        var width = random.Uniform(1.2, 2);
        _fluid = new PhantomTube(
            [Place(gap, half, -2), Place(gap + (curl / 2), half / 3, arch - 2), Place(gap + (curl / 2), -half / 3, arch - 1), Place(gap - curl, -half, 1)],
            t => width * (1 - (0.3f * t)));

        var offset = random.Uniform(-4, 4);
        var depth = random.Uniform(-14, -10);
        var thickness = random.Uniform(2.6, 4);
        _strand = new PhantomTube(
            [
                new(offset, Extent.Y, depth), new(offset + random.Uniform(-9, 9), Extent.Y / 4, depth + random.Uniform(-4, 4)),
                new(offset + random.Uniform(-9, 9), -Extent.Y / 4, depth + random.Uniform(-4, 4)), new(offset, -Extent.Y, depth),
            ],
            _ => thickness);

        _cortex = (random.Uniform(10.5, 13.5), random.Uniform(2.8, 4.2), random.Uniform(4, 9));
        _folds = new PhantomTexture(random);

        _blobs = new (Vector3, Vector3)[random.Integer(9, 14)];
        for (var i = 0; i < _blobs.Length; i++)
        {
            _blobs[i] = (
                new(random.Uniform(-16, 16), random.Uniform(-23, 23), random.Uniform(-16, 16)),
                new(random.Uniform(2, 4.5), random.Uniform(2, 7), random.Uniform(2, 4.5)));
        }
    }

    /// <summary>The tissue at a point.</summary>
    public PhantomTissue At(Vector3 p)
    {
        var q = p / (Extent / 2);
        var roundness = _bounded ? Fourth(q.X) + Fourth(q.Y) + Fourth(q.Z) : 0;
        if (_bounded && roundness > BodyLimit)
        {
            return new(0, 0, 0, Outside: true, 0);
        }

        var (distance, along) = _target.Nearest(p);
        var inside = Share(distance);
        var part = distance < 0 ? PartAt(along) : 0;
        if (inside >= 1)
        {
            return new(1, 0, 0, false, part);
        }

        // Everything else gives way to the target and its rim.
        var away = Math.Clamp((distance - Rim) / Edge, 0, 1);
        if (away <= 0)
        {
            return new(inside, 0, 0, false, part);
        }

        var wet = Share(_fluid.Nearest(p).Distance) * away;
        var hard = _bony && q.Z < 0 && roundness > BoneFrom ? 1 - wet : 0;
        var alike = Math.Min(Share(NearestLookAlike(p)) * away, 1 - wet - hard);
        return new(Math.Max(inside, alike), wet, hard, false, part);
    }

    private float NearestLookAlike(Vector3 p)
    {
        var fold = _cortex.Folding * _folds.At(new Vector3(p.X, p.Y, 0) * FoldFrequency);
        var nearest = MathF.Abs(p.Z - _cortex.Height - fold) - (_cortex.Thickness / 2);
        nearest = Math.Min(nearest, _strand.Nearest(p).Distance);
        foreach (var (centre, radii) in _blobs)
        {
            var smallest = Math.Min(radii.X, Math.Min(radii.Y, radii.Z));
            nearest = Math.Min(nearest, (((p - centre) / radii).Length() - 1) * smallest);
        }

        return nearest;
    }

    /// <summary>Thick head, a visible step where one part ends, a thin tail.</summary>
    private float Girth(float t, float girth)
    {
        const float Taper = 0.4f;
        const float Step = 0.2f;
        const float StepLength = 0.06f;
        var radius = girth * (1 - (Taper * t));
        foreach (var border in _borders)
        {
            radius *= 1 - (Step * Math.Clamp(0.5f + ((t - border) / StepLength), 0, 1));
        }

        return radius;
    }

    /// <summary>Where along the tube each part but the last ends; the head is a little less than its share.</summary>
    private static float[] Borders(PhantomRandom random, int parts)
    {
        const float Spread = 0.16f;
        var borders = new float[parts - 1];
        for (var i = 0; i < borders.Length; i++)
        {
            borders[i] = ((i + 0.85f) / parts) + (random.Uniform(-Spread, Spread) / parts);
        }

        return borders;
    }

    private int PartAt(float along)
    {
        var part = 1;
        foreach (var border in _borders)
        {
            part += along > border ? 1 : 0;
        }

        return part;
    }

    private static float Share(float distance) => Math.Clamp(0.5f - (distance / Edge), 0, 1);

    private static float Fourth(float x) => x * x * x * x;
}
