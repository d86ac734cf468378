using System.Numerics;

namespace AdwUNet.Imaging;

/// <summary>NIfTI-1 and NIfTI-2, one file or two.</summary>
internal sealed class NiftiFormat : IImageFormat
{
    public IReadOnlyList<string> Endings { get; } = [".nii", ".nii.gz", ".hdr", ".img", ".hdr.gz", ".img.gz"];

    public OpenImage Open(string path)
    {
        var paths = NiftiPaths.Of(path);
        var stream = ImageStream.OpenWhole(paths.Header, paths.IsCompressed);
        try
        {
            var (header, position) = ReadHeader(stream, paths);
            if (paths.IsPair)
            {
                stream.Dispose();
                stream = ImageStream.OpenWhole(paths.Voxels, paths.IsCompressed);
                position = 0;
            }

            if (header.DataOffset > stream.LargestLength)
            {
                throw new ImageException(
                    paths.Voxels, $"vox_offset is {header.DataOffset}, past the end of the file, which has {stream.FileLength} bytes");
            }

            var image = ImageHeader.Of(header);
            OpenImage.CheckDemand(image, stream, header.DataOffset, paths.Voxels);
            if (!stream.Skip(header.DataOffset - position))
                throw new ImageException(paths.Voxels, $"vox_offset is {header.DataOffset}, past the end of the file");
            return new OpenImage(paths.Voxels, stream, image, VoxelEncoding.Of(header));
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public void Write<T>(string path, ImageHeader header, ReadOnlyMemory<T> values)
        where T : unmanaged, INumber<T> => NiftiWriter.Write(
        path,
        header.ToNifti() with { Channels = header.Channels, DataType = header.DataType, Slope = 1, Intercept = 0, IsBigEndian = false },
        values);

    public IReadOnlyList<string> FilesOf(string path)
    {
        var paths = NiftiPaths.Of(path);
        return paths.IsPair ? [paths.Header, paths.Voxels] : [path];
    }

    private static (NiftiHeader Header, int Length) ReadHeader(ImageStream stream, NiftiPaths paths)
    {
        Span<byte> bytes = stackalloc byte[NiftiLayout.Nifti2.Size];
        var start = bytes[..NiftiHeaderReader.SizeFieldLength];
        var read = stream.Read(start);
        if (read < start.Length)
            throw new ImageException(paths.Header, $"the file has {read} bytes, too few for a NIfTI header");
        var (layout, isBigEndian) = NiftiHeaderReader.Recognise(start, paths.Header);
        var rest = bytes[start.Length..layout.Size];
        read = stream.Read(rest);
        if (read < rest.Length)
        {
            throw new ImageException(
                paths.Header, $"the header breaks off after {start.Length + read} bytes of {layout.Size}; copy the file again");
        }

        return (NiftiHeaderReader.Parse(bytes[..layout.Size], layout, isBigEndian, paths.IsPair, paths.Header), layout.Size);
    }
}
