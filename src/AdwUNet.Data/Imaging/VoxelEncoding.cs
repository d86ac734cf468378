namespace AdwUNet.Imaging;

/// <summary>How voxels are stored.</summary>
/// <param name="Type">The type of a stored number.</param>
/// <param name="IsBigEndian">Whether its bytes are stored big end first.</param>
/// <param name="Slope">What stored numbers are multiplied by.</param>
/// <param name="Intercept">What is then added.</param>
internal readonly record struct VoxelEncoding(NiftiDataType Type, bool IsBigEndian = false, double Slope = 1, double Intercept = 0)
{
    public bool IsUnscaled => Slope == 1 && Intercept == 0;

    public static VoxelEncoding Of(NiftiHeader header) => new(header.DataType, header.IsBigEndian, header.Slope, header.Intercept);
}
