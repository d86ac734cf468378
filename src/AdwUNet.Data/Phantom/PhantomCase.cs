using System.Numerics;
using AdwUNet.Imaging;

namespace AdwUNet.Phantom;

/// <summary>Makes one case: its anatomy, sampled on the voxel grid, and what a scanner makes of it.</summary>
internal static class PhantomCase
{
    /// <summary>With skull stripping the anatomy fills this much of each axis: 0.85³ leaves more than a third outside the box.</summary>
    private const float StrippedShare = 0.85f;

    /// <summary>The most samples averaged along an axis for one thick voxel.</summary>
    private const int MaxSamples = 8;

    /// <summary>Makes the case of one stream of random numbers.</summary>
    public static (Volume Image, LabelMap Labels) Make(PhantomOptions options, ulong stream)
    {
        var random = new PhantomRandom(options.Seed, stream);
        var shape = Shape(options, random);
        var anatomy = new PhantomAnatomy(random, options);
        var texture = new PhantomTexture(random);
        var contrasts = PhantomContrast.Of(options);
        var scans = contrasts.Select(contrast => new PhantomScan(contrast, options, random)).ToArray();

        var image = new float[checked((int)(shape.Count * contrasts.Count))];
        var labels = new short[shape.Count];
        Span<int> votes = stackalloc int[options.Parts + 1];
        var grid = new Grid(options, shape);
        for (var z = 0; z < shape.Z; z++)
        {
            for (var y = 0; y < shape.Y; y++)
            {
                for (var x = 0; x < shape.X; x++)
                {
                    var voxel = shape.Offset(z, y, x);
                    votes.Clear();
                    var outside = 0;
                    foreach (var p in grid.Samples(z, y, x))
                    {
                        var tissue = anatomy.At(p);
                        var grain = texture.At(p);
                        votes[tissue.Part]++;
                        outside += tissue.Outside ? 1 : 0;
                        for (var c = 0; c < scans.Length; c++)
                        {
                            image[(c * shape.Count) + voxel] += scans[c].Signal(tissue, grain);
                        }
                    }

                    labels[voxel] = Winner(votes);
                    var empty = options.SkullStripped && outside * 2 > grid.SamplesPerVoxel;
                    for (var c = 0; c < scans.Length; c++)
                    {
                        ref var value = ref image[(c * shape.Count) + voxel];
                        value = empty ? 0 : scans[c].Measure(value / grid.SamplesPerVoxel, grid.Position(z, y, x));
                    }
                }
            }
        }

        return (new Volume(image, contrasts.Count, shape, options.Spacing), new LabelMap(labels, shape, options.Spacing));
    }

    private static Shape3 Shape(PhantomOptions options, PhantomRandom random)
    {
        var shape = options.Size;
        for (var axis = 0; axis < 3; axis++)
        {
            var factor = 1 + random.Uniform(-options.SizeVariation, options.SizeVariation);
            shape = shape.With(axis, Math.Max(PhantomOptions.MinSize, (int)MathF.Round(shape[axis] * factor)));
        }

        return shape;
    }

    /// <summary>The part with more than half of the target's samples where the target has at least half of all.</summary>
    private static short Winner(ReadOnlySpan<int> votes)
    {
        var total = 0;
        var best = 1;
        for (var part = 1; part < votes.Length; part++)
        {
            total += votes[part];
            best = votes[part] > votes[best] ? part : best;
        }

        return (short)(total * 2 >= total + votes[0] && total > 0 ? best : 0);
    }

    /// <summary>Where voxels and their samples lie in the anatomy's millimetres.</summary>
    private sealed class Grid
    {
        private readonly Vector3 _step;
        private readonly Vector3 _start;
        private readonly Vector3[] _inner;
        private readonly Vector3[] _samples;

        public Grid(PhantomOptions options, Shape3 shape)
        {
            var size = new Vector3(options.Size.X, options.Size.Y, options.Size.Z);
            _step = PhantomAnatomy.Extent / size / (options.SkullStripped ? StrippedShare : 1);
            _start = _step * new Vector3(shape.X - 1, shape.Y - 1, shape.Z - 1) / -2;
            _inner = Inner(options.Spacing);
            _samples = new Vector3[_inner.Length];
        }

        public int SamplesPerVoxel => _inner.Length;

        public Vector3 Position(int z, int y, int x) => _start + (_step * new Vector3(x, y, z));

        public ReadOnlySpan<Vector3> Samples(int z, int y, int x)
        {
            var centre = Position(z, y, x);
            for (var i = 0; i < _inner.Length; i++)
            {
                _samples[i] = centre + (_step * _inner[i]);
            }

            return _samples;
        }

        /// <summary>Offsets, in voxels, of the samples that fill one voxel: as many along an axis as it is coarser than the finest.</summary>
        private static Vector3[] Inner(Spacing3 spacing)
        {
            int Count(double along) => Math.Clamp((int)Math.Round(along / spacing.Min), 1, MaxSamples);
            float[] Offsets(int count) => [.. Enumerable.Range(0, count).Select(i => ((i + 0.5f) / count) - 0.5f)];
            return
            [
                .. from z in Offsets(Count(spacing.Z))
                   from y in Offsets(Count(spacing.Y))
                   from x in Offsets(Count(spacing.X))
                   select new Vector3(x, y, z),
            ];
        }
    }
}
