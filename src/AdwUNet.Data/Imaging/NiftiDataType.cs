namespace AdwUNet.Imaging;

/// <summary>The voxel types of NIfTI that are real numbers, with their codes in the header (NIfTI-1 standard, <c>datatype</c>).</summary>
public enum NiftiDataType
{
    /// <summary>Unsigned, 8 bits.</summary>
    UInt8 = 2,

    /// <summary>Signed, 16 bits.</summary>
    Int16 = 4,

    /// <summary>Signed, 32 bits.</summary>
    Int32 = 8,

    /// <summary>Floating point, 32 bits.</summary>
    Float32 = 16,

    /// <summary>Floating point, 64 bits.</summary>
    Float64 = 64,

    /// <summary>Signed, 8 bits.</summary>
    Int8 = 256,

    /// <summary>Unsigned, 16 bits.</summary>
    UInt16 = 512,

    /// <summary>Unsigned, 32 bits.</summary>
    UInt32 = 768,

    /// <summary>Signed, 64 bits.</summary>
    Int64 = 1024,

    /// <summary>Unsigned, 64 bits.</summary>
    UInt64 = 1280,
}

/// <summary>What the codes mean in bytes, and what the codes that hold no real numbers are called.</summary>
internal static class NiftiDataTypes
{
    /// <summary>Bytes of one voxel.</summary>
    public static int Size(this NiftiDataType type) => type switch
    {
        NiftiDataType.UInt8 or NiftiDataType.Int8 => 1,
        NiftiDataType.Int16 or NiftiDataType.UInt16 => 2,
        NiftiDataType.Int32 or NiftiDataType.UInt32 or NiftiDataType.Float32 => 4,
        NiftiDataType.Int64 or NiftiDataType.UInt64 or NiftiDataType.Float64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>The name of a code that exists in the standard but holds no real number of at most 64 bits.</summary>
    public static string? Unsupported(int code) => code switch
    {
        1 => "1-bit",
        32 => "complex, 2×32 bits",
        128 => "RGB colour",
        1536 => "floating point of 128 bits",
        1792 => "complex, 2×64 bits",
        2048 => "complex, 2×128 bits",
        2304 => "RGBA colour",
        _ => null,
    };
}
