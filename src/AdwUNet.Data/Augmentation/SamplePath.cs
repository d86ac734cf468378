using AdwUNet.Imaging;

namespace AdwUNet.Augmentation;

/// <summary>The places in a region at which the voxels of a patch are sampled: an affine function of the voxel's index.</summary>
internal readonly struct SamplePath
{
    private readonly double[,] _matrix;
    private readonly double _startZ;
    private readonly double _startY;
    private readonly double _startX;

    public SamplePath(in Affine affine, Shape3 patchOrigin, Shape3 regionOrigin, Shape3 patch)
    {
        _matrix = affine.Matrix;
        Patch = patch;
        IsInPlane = affine.IsInPlane;
        Span<double> start = stackalloc double[3];
        for (var axis = 0; axis < 3; axis++)
        {
            start[axis] = patchOrigin[axis] - regionOrigin[axis] + ((patch[axis] - 1) / 2.0);
            for (var column = 0; column < 3; column++)
            {
                start[axis] -= _matrix[axis, column] * (patch[column] - 1) / 2;
            }
        }

        (_startZ, _startY, _startX) = (start[0], start[1], start[2]);
        StepZ = _matrix[0, 2];
        StepY = _matrix[1, 2];
        StepX = _matrix[2, 2];
    }

    /// <summary>Size of the patch.</summary>
    public Shape3 Patch { get; }

    /// <summary>Whether slice z of the patch is slice z of the region.</summary>
    public bool IsInPlane { get; }

    /// <summary>How far the place moves along z from one column to the next.</summary>
    public double StepZ { get; }

    /// <summary>How far the place moves along y from one column to the next.</summary>
    public double StepY { get; }

    /// <summary>How far the place moves along x from one column to the next.</summary>
    public double StepX { get; }

    /// <summary>The place of the first voxel of a row.</summary>
    public (double Z, double Y, double X) RowStart(int z, int y) => (
        _startZ + (_matrix[0, 0] * z) + (_matrix[0, 1] * y),
        _startY + (_matrix[1, 0] * z) + (_matrix[1, 1] * y),
        _startX + (_matrix[2, 0] * z) + (_matrix[2, 1] * y));
}
