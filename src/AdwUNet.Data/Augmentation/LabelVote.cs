using AdwUNet.Imaging;

namespace AdwUNet.Augmentation;

/// <summary>
/// Samples labels at the places of a path: each class as a map of 0 and 1, interpolated linearly; the last class with at least one
/// half wins, and none means background (batchgenerators' <c>interpolate_img</c> with order 1), or ignored where an ignored voxel takes part.
/// </summary>
internal static class LabelVote
{
    private const double Half = 0.5;

    /// <summary>Fills a patch; −1 where the neighbourhood leaves the region.</summary>
    public static void Sample(ReadOnlySpan<short> labels, Shape3 region, in SamplePath path, Span<short> result, short? ignore = null)
    {
        var slice = region.Y * region.X;
        Span<short> corners = stackalloc short[8];
        Span<double> weights = stackalloc double[8];
        var next = 0;
        for (var z = 0; z < path.Patch.Z; z++)
        {
            for (var y = 0; y < path.Patch.Y; y++)
            {
                var (placeZ, placeY, placeX) = path.RowStart(z, y);
                for (var x = 0; x < path.Patch.X; x++)
                {
                    var pz = path.IsInPlane ? z : placeZ + (x * path.StepZ);
                    var py = placeY + (x * path.StepY);
                    var px = placeX + (x * path.StepX);
                    var (iz, iy, ix) = ((int)Math.Floor(pz), (int)Math.Floor(py), (int)Math.Floor(px));
                    if (!Fits(iy, region.Y) || !Fits(ix, region.X) || !(path.IsInPlane || Fits(iz, region.Z)))
                    {
                        result[next++] = PatchReader.Outside;
                        continue;
                    }

                    // In plane the far slice has no weight and may not exist.
                    var near = (iz * slice) + (iy * region.X) + ix;
                    var far = path.IsInPlane ? near : near + slice;
                    var label = labels[near];
                    if (IsUniform(labels, near, region.X, label) && IsUniform(labels, far, region.X, label))
                    {
                        result[next++] = label;
                        continue;
                    }

                    Gather(labels[near..], region.X, corners[..4]);
                    Gather(labels[far..], region.X, corners[4..]);
                    Weigh(pz - iz, py - iy, px - ix, weights);
                    result[next++] = Winner(corners, weights, ignore);
                }
            }
        }
    }

    private static bool Fits(int index, int size) => index >= 0 && index <= size - 2;

    private static bool IsUniform(ReadOnlySpan<short> labels, int first, int row, short label) =>
        ((labels[first] ^ label) | (labels[first + 1] ^ label) | (labels[first + row] ^ label) | (labels[first + row + 1] ^ label)) == 0;

    private static void Gather(ReadOnlySpan<short> labels, int row, Span<short> corners)
    {
        corners[0] = labels[0];
        corners[1] = labels[1];
        corners[2] = labels[row];
        corners[3] = labels[row + 1];
    }

    private static void Weigh(double fz, double fy, double fx, Span<double> weights)
    {
        for (var corner = 0; corner < weights.Length; corner++)
        {
            weights[corner] = ((corner & 4) == 0 ? 1 - fz : fz)
                * ((corner & 2) == 0 ? 1 - fy : fy)
                * ((corner & 1) == 0 ? 1 - fx : fx);
        }
    }

    private static short Winner(ReadOnlySpan<short> corners, ReadOnlySpan<double> weights, short? ignore)
    {
        short? winner = null;
        foreach (var label in corners)
        {
            var sum = 0.0;
            for (var i = 0; i < corners.Length; i++)
            {
                sum += corners[i] == label ? weights[i] : 0;
            }

            if (sum >= Half && !(label <= winner))
            {
                winner = label;
            }
        }

        return winner ?? (ignore is { } unknown && corners.Contains(unknown) ? unknown : (short)0);
    }
}
