using System.Numerics;

namespace AdwUNet.Phantom;

/// <summary>Smooth random values over space: two octaves of interpolated lattice noise, between about −1 and 1.</summary>
internal sealed class PhantomTexture
{
    /// <summary>Lattice points per axis; the lattice repeats beyond.</summary>
    private const int Points = 16;

    /// <summary>Millimetres between lattice points of the coarse octave; the fine one has half.</summary>
    private const float Grain = 4f;

    private const float FineShare = 0.4f;

    private readonly float[] _lattice = new float[Points * Points * Points];

    public PhantomTexture(PhantomRandom random)
    {
        for (var i = 0; i < _lattice.Length; i++)
        {
            _lattice[i] = random.Uniform(-1, 1);
        }
    }

    public float At(Vector3 p) => ((1 - FineShare) * Octave(p / Grain)) + (FineShare * Octave(p * (2 / Grain)));

    private float Octave(Vector3 p)
    {
        var (x0, x1, x) = Cell(p.X);
        var (y0, y1, y) = Cell(p.Y);
        var (z0, z1, z) = Cell(p.Z);
        return Lerp(
            Lerp(Lerp(At(z0, y0, x0), At(z0, y0, x1), x), Lerp(At(z0, y1, x0), At(z0, y1, x1), x), y),
            Lerp(Lerp(At(z1, y0, x0), At(z1, y0, x1), x), Lerp(At(z1, y1, x0), At(z1, y1, x1), x), y),
            z);
    }

    private float At(int z, int y, int x) => _lattice[(((z * Points) + y) * Points) + x];

    private static (int Low, int High, float Share) Cell(float position)
    {
        var floor = (int)MathF.Floor(position);
        var share = position - floor;
        return (floor & (Points - 1), (floor + 1) & (Points - 1), share * share * (3 - (2 * share)));
    }

    private static float Lerp(float a, float b, float share) => a + ((b - a) * share);
}
