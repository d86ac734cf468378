using System.IO.Compression;
using System.Numerics;

namespace AdwUNet.Imaging;

/// <summary>Writes an image as its header says.</summary>
internal static class NiftiWriter
{
    private const int SpatialRank = 3;
    private const int BitsPerByte = 8;

    public static void Write<T>(string path, NiftiHeader header, ReadOnlyMemory<T> values)
        where T : unmanaged, INumber<T>
    {
        if (values.Length != header.Count)
        {
            throw new ArgumentException(
                $"{values.Length} values are not {header.Channels} × {header.Shape} of the header.", nameof(values));
        }

        var paths = NiftiPaths.Of(path);
        header = FitVersion(header);
        VoxelWriter.Explain(path, () =>
            AtomicFile.Write(paths.Header, file => Compress(file, paths.IsCompressed, stream =>
            {
                stream.Write(HeaderBytes(header, paths.IsPair));
                if (!paths.IsPair)
                {
                    VoxelWriter.Write(stream, VoxelEncoding.Of(header), values);
                    return;
                }

                AtomicFile.Write(paths.Voxels, other => Compress(
                    other, paths.IsCompressed, voxels => VoxelWriter.Write(voxels, VoxelEncoding.Of(header), values)));
            })));
    }

    /// <summary>NIfTI-1 counts voxels in 16 bits; what is larger becomes NIfTI-2.</summary>
    private static NiftiHeader FitVersion(NiftiHeader header)
    {
        var shape = header.Shape;
        var largest = Math.Max(Math.Max(shape.X, shape.Y), Math.Max(shape.Z, header.Channels));
        return largest > short.MaxValue ? header with { Version = NiftiLayout.Nifti2.Version } : header;
    }

    private static void Compress(Stream file, bool isCompressed, Action<Stream> write)
    {
        if (!isCompressed)
        {
            write(file);
            return;
        }

        using var gzip = new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true);
        write(gzip);
    }

    private static byte[] HeaderBytes(NiftiHeader header, bool isPair)
    {
        var layout = NiftiLayout.Of(header.Version);
        var bytes = new byte[layout.SingleFileOffset];
        var fields = new NiftiFields(bytes, header.IsBigEndian);
        fields.SetInteger(0, sizeof(int), layout.Size);
        (isPair ? layout.PairMagic : layout.SingleMagic).CopyTo(bytes, layout.Magic);

        var rank = header.Channels > 1 ? SpatialRank + 1 : SpatialRank;
        var shape = header.Shape;
        int[] dimensions = [rank, shape.X, shape.Y, shape.Z, header.Channels, 1, 1, 1];
        for (var i = 0; i < dimensions.Length; i++)
            fields.SetInteger(layout.Dim + i * layout.DimSize, layout.DimSize, dimensions[i]);
        var unit = NiftiUnits.Millimetres(header.Units);
        var spacing = header.Spacing;
        fields.SetReals(
            layout.Pixdim, layout.RealSize, [header.QformFactor, spacing.X / unit, spacing.Y / unit, spacing.Z / unit, 1, 1, 1, 1]);

        fields.SetInteger(layout.DataType, sizeof(short), (int)header.DataType);
        fields.SetInteger(layout.BitsPerVoxel, sizeof(short), header.DataType.Size() * BitsPerByte);
        fields.SetReal(layout.Slope, layout.RealSize, header.Slope);
        fields.SetReal(layout.Intercept, layout.RealSize, header.Intercept);
        long offset = isPair ? 0 : layout.SingleFileOffset;
        if (layout.Version == NiftiLayout.Nifti1.Version)
            fields.SetReal(layout.VoxOffset, layout.RealSize, offset);
        else
            fields.SetInteger(layout.VoxOffset, sizeof(long), offset);

        fields.SetInteger(layout.Units, layout.UnitsSize, header.Units);
        fields.SetText(layout.Description, NiftiLayout.DescriptionLength, header.Description);
        fields.SetInteger(layout.QformCode, layout.CodeSize, header.QformCode);
        fields.SetInteger(layout.SformCode, layout.CodeSize, header.SformCode);
        fields.SetReals(layout.Quaternion, layout.RealSize, header.Quaternion);
        fields.SetReals(layout.QformOffset, layout.RealSize, [.. header.QformOffset.Select(length => length / unit)]);
        fields.SetReals(layout.Sform, layout.RealSize, [.. header.Sform.Select(length => length / unit)]);
        return bytes;
    }
}
