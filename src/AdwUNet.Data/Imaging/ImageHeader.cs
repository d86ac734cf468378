namespace AdwUNet.Imaging;

/// <summary>
/// What an image file of any format says about its voxels. Shape and spacing are in the order (z, y, x); the affine is in the order
/// (x, y, z). Lengths are in millimetres, whatever unit the file uses.
/// </summary>
public sealed record ImageHeader
{
    /// <summary>Voxels of one channel.</summary>
    public required Shape3 Shape { get; init; }

    /// <summary>Number of channels.</summary>
    public int Channels { get; init; } = 1;

    /// <summary>
    /// Millimetres between voxel centres, to single precision, which is what NIfTI-1 keeps: so that the same length is the same number whatever
    /// the format and the unit of the file.
    /// </summary>
    public required Spacing3 Spacing { get; init; }

    /// <summary>The 4×4 matrix that takes a voxel (x, y, z, 1) to millimetres right, anterior, superior.</summary>
    public required double[,] Affine { get; init; }

    /// <summary>How a voxel is stored.</summary>
    public NiftiDataType DataType { get; init; } = NiftiDataType.Float32;

    /// <summary>Number of stored values: channels × voxels.</summary>
    public long Count => Channels * Shape.Count;

    /// <summary>Where the axes of the file point.</summary>
    public AxisOrientation Orientation => AxisOrientation.Of(Affine);

    /// <summary>The whole header where the file is a NIfTI image.</summary>
    internal NiftiHeader? Nifti { get; init; }

    /// <summary>The fields that place the image in space, as a text header of the format <see cref="PlaceFormat"/> has them.</summary>
    internal IReadOnlyDictionary<string, string> PlaceFields { get; init; } = new Dictionary<string, string>();

    /// <summary>The format to which <see cref="PlaceFields"/> belong.</summary>
    internal string PlaceFormat { get; init; } = "";

    /// <summary>The change of axes to an orientation such as RAS; none if the orientation is null.</summary>
    internal AxisTurn TurnTo(string? orientation) => Orientation.To(orientation is null ? Orientation : AxisOrientation.Parse(orientation));

    /// <summary>The same of a NIfTI header.</summary>
    internal static ImageHeader Of(NiftiHeader header) => new()
    {
        Shape = header.Shape,
        Channels = header.Channels,
        Spacing = NiftiUnits.Rounded(header.Spacing, header.Units),
        Affine = header.Affine,
        DataType = header.DataType,
        Nifti = header,
    };

    /// <summary>A NIfTI header of the same place in space: the file's own, or one with the affine as sform.</summary>
    internal NiftiHeader ToNifti() => Nifti ?? NiftiHeader.Create(Shape, Spacing, Channels) with
    {
        DataType = DataType,
        Sform = [.. Enumerable.Range(0, NiftiAffine.SformValues).Select(i => Affine[i / 4, i % 4])],
    };
}
