using System.Numerics;

namespace AdwUNet.Phantom;

/// <summary>A tube of varying radius around a cubic Bézier curve, in millimetres (x, y, z).</summary>
internal sealed class PhantomTube
{
    /// <summary>Spheres of which the tube is the hull; enough that neighbours are closer than a third of a radius.</summary>
    private const int Samples = 49;

    private readonly Vector3[] _centres = new Vector3[Samples];
    private readonly float[] _radii = new float[Samples];
    private readonly float _flattening;

    /// <summary>Lays the tube.</summary>
    /// <param name="controls">The curve's four control points.</param>
    /// <param name="radius">Radius as a function of the position along the tube, 0 to 1.</param>
    /// <param name="flattening">Factor by which distances along z count more: above 1 the tube is flat.</param>
    public PhantomTube(ReadOnlySpan<Vector3> controls, Func<float, float> radius, float flattening = 1)
    {
        _flattening = flattening;
        for (var i = 0; i < Samples; i++)
        {
            var t = i / (float)(Samples - 1);
            var s = 1 - t;
            _centres[i] = (s * s * s * controls[0]) + (3 * s * s * t * controls[1]) + (3 * s * t * t * controls[2]) + (t * t * t * controls[3]);
            _radii[i] = radius(t);
        }
    }

    /// <summary>Millimetres to the surface, negative inside, and where along the tube (0 to 1) the nearest part is.</summary>
    public (float Distance, float Along) Nearest(Vector3 p)
    {
        var best = float.MaxValue;
        var nearest = 0;
        for (var i = 0; i < Samples; i++)
        {
            var d = p - _centres[i];
            d.Z *= _flattening;
            var distance = d.Length() - _radii[i];
            if (distance < best)
            {
                best = distance;
                nearest = i;
            }
        }

        return (best, nearest / (float)(Samples - 1));
    }
}
