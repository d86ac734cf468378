namespace AdwUNet.Imaging;

/// <summary>
/// What a NIfTI file says about its voxels: size, place in space, storage. Shape and spacing are in this library's order
/// (z, y, x); matrices are in NIfTI's, (x, y, z). All lengths are in millimetres: those of the file times its unit. Source: the NIfTI-1 and NIfTI-2 standards, <c>nifti1.h</c> and <c>nifti2.h</c>.
/// </summary>
public sealed record NiftiHeader
{
    /// <summary>Code of a form that gives coordinates aligned to some other image; what this library writes if nothing is known.</summary>
    internal const int AlignedAnatomy = 2;

    /// <summary>The code of millimetres in <see cref="Units"/>.</summary>
    internal const int Millimetres = 2;

    /// <summary>Voxels of one channel.</summary>
    public required Shape3 Shape { get; init; }

    /// <summary>The size of the fourth dimension; 1 where there is none.</summary>
    public int Channels { get; init; } = 1;

    /// <summary>Millimetres between voxel centres: <c>pixdim</c> times the unit.</summary>
    public required Spacing3 Spacing { get; init; }

    /// <summary>How a voxel is stored.</summary>
    public NiftiDataType DataType { get; init; } = NiftiDataType.Float32;

    /// <summary>What stored values are multiplied by: <c>scl_slope</c>, 1 where the file asks for no scaling.</summary>
    public double Slope { get; init; } = 1;

    /// <summary>What is then added: <c>scl_inter</c>.</summary>
    public double Intercept { get; init; }

    /// <summary>Whether header and voxels are stored big end first.</summary>
    public bool IsBigEndian { get; init; }

    /// <summary>1 or 2: which of the two standards the file follows.</summary>
    public int Version { get; init; } = 1;

    /// <summary>Free text, at most 79 bytes: <c>descrip</c>.</summary>
    public string Description { get; init; } = "";

    /// <summary>
    /// Units of space and time in the file as coded in <c>xyzt_units</c>; 1 = metres, 2 = millimetres, 3 = micrometres, anything else is taken
    /// as millimetres. Lengths of this record are in millimetres; the writer divides by the unit.
    /// </summary>
    public int Units { get; init; } = Millimetres;

    /// <summary>What the qform's coordinates mean; 0 = there is no qform.</summary>
    public int QformCode { get; init; }

    /// <summary>The qform's rotation, <c>quatern_b</c>, <c>_c</c>, <c>_d</c>.</summary>
    public IReadOnlyList<double> Quaternion { get; init; } = [0, 0, 0];

    /// <summary>The qform's place of the first voxel, (x, y, z) in millimetres.</summary>
    public IReadOnlyList<double> QformOffset { get; init; } = [0, 0, 0];

    /// <summary>−1 where the qform flips z, else 1: the sign of <c>pixdim[0]</c>.</summary>
    public int QformFactor { get; init; } = 1;

    /// <summary>What the sform's coordinates mean; 0 = there is no sform.</summary>
    public int SformCode { get; init; }

    /// <summary>The sform: three rows of four, <c>srow_x</c>, <c>_y</c>, <c>_z</c>, one after the other.</summary>
    public IReadOnlyList<double> Sform { get; init; } = new double[NiftiAffine.SformValues];

    /// <summary>Where the voxels begin in their file, in bytes: <c>vox_offset</c>.</summary>
    internal long DataOffset { get; init; }

    /// <summary>Number of stored values: channels × voxels.</summary>
    public long Count => Channels * Shape.Count;

    /// <summary>
    /// The 4×4 matrix that takes a voxel (x, y, z, 1) to millimetres right, anterior, superior: the sform where it has a code,
    /// else the qform, else the spacing with x to the left and the origin at the volume's centre (as nibabel does).
    /// A new array at each call.
    /// </summary>
    public double[,] Affine => NiftiAffine.Of(this);

    /// <summary>Whether values are stored as they are meant.</summary>
    internal bool IsUnscaled => Slope == 1 && Intercept == 0;

    /// <summary>The header of an image whose axes are those of the scanner and whose first voxel is the origin.</summary>
    /// <param name="shape">Voxels of one channel.</param>
    /// <param name="spacing">Millimetres between voxels.</param>
    /// <param name="channels">Number of channels.</param>
    public static NiftiHeader Create(Shape3 shape, Spacing3 spacing, int channels = 1) => new()
    {
        Shape = shape,
        Spacing = spacing,
        Channels = channels,
        SformCode = AlignedAnatomy,
        Sform = [spacing.X, 0, 0, 0, 0, spacing.Y, 0, 0, 0, 0, spacing.Z, 0],
    };
}
