namespace AdwUNet.Imaging;

/// <summary>Where the fields of a header lie, in bytes, and how wide they are: all that differs between NIfTI-1 and NIfTI-2.</summary>
internal sealed record NiftiLayout
{
    /// <summary>Dimensions that a header can name, beside their number.</summary>
    public const int MaxRank = 7;

    /// <summary>Bytes of the description, the closing 0 included.</summary>
    public const int DescriptionLength = 80;

    /// <summary>Bytes behind the header that say whether extensions follow.</summary>
    public const int ExtensionFlagLength = 4;

    /// <summary><c>nifti1.h</c>.</summary>
    public static readonly NiftiLayout Nifti1 = new()
    {
        Version = 1,
        Size = 348,
        Magic = 344,
        SingleMagic = "n+1\0"u8.ToArray(),
        PairMagic = "ni1\0"u8.ToArray(),
        Dim = 40,
        DimSize = 2,
        DataType = 70,
        BitsPerVoxel = 72,
        Pixdim = 76,
        RealSize = 4,
        VoxOffset = 108,
        Slope = 112,
        Intercept = 116,
        Units = 123,
        UnitsSize = 1,
        Description = 148,
        QformCode = 252,
        SformCode = 254,
        CodeSize = 2,
        Quaternion = 256,
        QformOffset = 268,
        Sform = 280,
    };

    /// <summary><c>nifti2.h</c>.</summary>
    public static readonly NiftiLayout Nifti2 = new()
    {
        Version = 2,
        Size = 540,
        Magic = 4,
        SingleMagic = "n+2\0\r\n\x1a\n"u8.ToArray(),
        PairMagic = "ni2\0\r\n\x1a\n"u8.ToArray(),
        Dim = 16,
        DimSize = 8,
        DataType = 12,
        BitsPerVoxel = 14,
        Pixdim = 104,
        RealSize = 8,
        VoxOffset = 168,
        Slope = 176,
        Intercept = 184,
        Units = 500,
        UnitsSize = 4,
        Description = 240,
        QformCode = 344,
        SformCode = 348,
        CodeSize = 4,
        Quaternion = 352,
        QformOffset = 376,
        Sform = 400,
    };

    public required int Version { get; init; }

    /// <summary>Bytes of the header, which is also its first field.</summary>
    public required int Size { get; init; }

    public required int Magic { get; init; }

    /// <summary>The magic of a header with its voxels in the same file.</summary>
    public required byte[] SingleMagic { get; init; }

    /// <summary>The magic of a header with its voxels in an <c>.img</c> file.</summary>
    public required byte[] PairMagic { get; init; }

    public required int Dim { get; init; }

    public required int DimSize { get; init; }

    public required int DataType { get; init; }

    public required int BitsPerVoxel { get; init; }

    public required int Pixdim { get; init; }

    /// <summary>Bytes of a real number: NIfTI-1 has float, NIfTI-2 double; <c>vox_offset</c> is a real number in the former only.</summary>
    public required int RealSize { get; init; }

    public required int VoxOffset { get; init; }

    public required int Slope { get; init; }

    public required int Intercept { get; init; }

    public required int Units { get; init; }

    public required int UnitsSize { get; init; }

    public required int Description { get; init; }

    public required int QformCode { get; init; }

    public required int SformCode { get; init; }

    public required int CodeSize { get; init; }

    public required int Quaternion { get; init; }

    public required int QformOffset { get; init; }

    public required int Sform { get; init; }

    /// <summary>The first byte of voxels in a single file without extensions.</summary>
    public int SingleFileOffset => Size + ExtensionFlagLength;

    public static NiftiLayout Of(int version) => version == Nifti2.Version ? Nifti2 : Nifti1;
}
