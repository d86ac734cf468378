using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AdwUNet.Imaging;

namespace AdwUNet.Augmentation;

/// <summary>Samples intensities at the places of a path; 0 where the neighbourhood leaves the region.</summary>
internal static class IntensityInterpolation
{
    /// <summary>Sums the 4 × 4 × 4 (in plane 4 × 4) spline coefficients around each place.</summary>
    public static void Cubic(ReadOnlySpan<float> coefficients, Shape3 region, in SamplePath path, Span<float> result)
    {
        ref var origin = ref MemoryMarshal.GetReference(coefficients);
        var slice = region.Y * region.X;
        var next = 0;
        for (var z = 0; z < path.Patch.Z; z++)
        {
            for (var y = 0; y < path.Patch.Y; y++)
            {
                var (placeZ, placeY, placeX) = path.RowStart(z, y);
                for (var x = 0; x < path.Patch.X; x++)
                {
                    var pz = placeZ + (x * path.StepZ);
                    var py = placeY + (x * path.StepY);
                    var px = placeX + (x * path.StepX);
                    var (iz, iy, ix) = ((int)Math.Floor(pz), (int)Math.Floor(py), (int)Math.Floor(px));
                    if (!Fits(iy, region.Y) || !Fits(ix, region.X) || !(path.IsInPlane || Fits(iz, region.Z)))
                    {
                        result[next++] = 0;
                        continue;
                    }

                    var weightsY = CubicSpline.Weights((float)(py - iy));
                    var weightsX = CubicSpline.Weights((float)(px - ix));
                    ref var corner = ref Unsafe.Add(ref origin, ((iy - 1) * region.X) + ix - 1);
                    Vector128<float> sum;
                    if (path.IsInPlane)
                    {
                        sum = Plane(ref Unsafe.Add(ref corner, z * slice), region.X, weightsY);
                    }
                    else
                    {
                        var weightsZ = CubicSpline.Weights((float)(pz - iz));
                        ref var first = ref Unsafe.Add(ref corner, (iz - 1) * slice);
                        sum = (Plane(ref first, region.X, weightsY) * weightsZ[0])
                            + (Plane(ref Unsafe.Add(ref first, slice), region.X, weightsY) * weightsZ[1])
                            + (Plane(ref Unsafe.Add(ref first, 2 * slice), region.X, weightsY) * weightsZ[2])
                            + (Plane(ref Unsafe.Add(ref first, 3 * slice), region.X, weightsY) * weightsZ[3]);
                    }

                    result[next++] = Vector128.Dot(sum, weightsX);
                }
            }
        }
    }

    /// <summary>Weighs the 2 × 2 × 2 (in plane 2 × 2) voxels around each place.</summary>
    public static void Linear(ReadOnlySpan<float> voxels, Shape3 region, in SamplePath path, Span<float> result)
    {
        var slice = region.Y * region.X;
        var next = 0;
        for (var z = 0; z < path.Patch.Z; z++)
        {
            for (var y = 0; y < path.Patch.Y; y++)
            {
                var (placeZ, placeY, placeX) = path.RowStart(z, y);
                for (var x = 0; x < path.Patch.X; x++)
                {
                    var pz = placeZ + (x * path.StepZ);
                    var py = placeY + (x * path.StepY);
                    var px = placeX + (x * path.StepX);
                    var (iz, iy, ix) = ((int)Math.Floor(pz), (int)Math.Floor(py), (int)Math.Floor(px));
                    if (!Fits(iy, region.Y) || !Fits(ix, region.X) || !(path.IsInPlane || Fits(iz, region.Z)))
                    {
                        result[next++] = 0;
                        continue;
                    }

                    var (fy, fx) = ((float)(py - iy), (float)(px - ix));
                    var corner = (iy * region.X) + ix;
                    if (path.IsInPlane)
                    {
                        result[next++] = Square(voxels, corner + (z * slice), region.X, fy, fx);
                        continue;
                    }

                    var near = Square(voxels, corner + (iz * slice), region.X, fy, fx);
                    var far = Square(voxels, corner + ((iz + 1) * slice), region.X, fy, fx);
                    result[next++] = near + ((far - near) * (float)(pz - iz));
                }
            }
        }
    }

    /// <summary>Whether the indices i − 1..i + 2 lie within an axis.</summary>
    private static bool Fits(int index, int size) => index >= 1 && index <= size - 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Plane(ref float first, int row, Vector128<float> weights) =>
        (Vector128.LoadUnsafe(ref first) * weights[0])
        + (Vector128.LoadUnsafe(ref Unsafe.Add(ref first, row)) * weights[1])
        + (Vector128.LoadUnsafe(ref Unsafe.Add(ref first, 2 * row)) * weights[2])
        + (Vector128.LoadUnsafe(ref Unsafe.Add(ref first, 3 * row)) * weights[3]);

    private static float Square(ReadOnlySpan<float> voxels, int first, int row, float fy, float fx)
    {
        var near = voxels[first] + ((voxels[first + 1] - voxels[first]) * fx);
        var far = voxels[first + row] + ((voxels[first + row + 1] - voxels[first + row]) * fx);
        return near + ((far - near) * fy);
    }
}
