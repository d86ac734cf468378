namespace AdwUNet.Imaging;

/// <summary>
/// Reads and writes NIfTI-1 and NIfTI-2 images; <see cref="ImageFile"/> does the same for every format. A name tells the form: <c>.nii</c>, <c>.nii.gz</c>, or <c>.hdr</c> or <c>.img</c>
/// for a pair. Images have three dimensions, or four with channels last. A file that is not a whole image is refused, and
/// no memory is allocated for data that the file does not contain.
/// </summary>
public static class Nifti
{
    private static readonly NiftiFormat Format = new();

    /// <summary>Reads an image's header, and checks that the file can hold the voxels that it asks for.</summary>
    /// <param name="path">The file; for a pair, either of the two.</param>
    /// <exception cref="ImageException">The file is missing or no whole image.</exception>
    public static NiftiHeader ReadHeader(string path)
    {
        using var file = Format.Open(path);
        return file.Header.Nifti!;
    }

    /// <summary>Reads an image with its values, after slope and intercept, in double precision.</summary>
    /// <param name="path">The file; for a pair, either of the two.</param>
    /// <exception cref="ImageException">The file is missing or no whole image.</exception>
    public static NiftiImage Read(string path)
    {
        using var file = Format.Open(path);
        return new NiftiImage(file.Header.Nifti!, file.ReadVoxels<double>());
    }

    /// <summary>Reads an image; the fourth dimension becomes channels.</summary>
    /// <param name="path">The file; for a pair, either of the two.</param>
    /// <returns>Values after slope and intercept, in the order (channel, z, y, x), with the header's spacing.</returns>
    /// <exception cref="ImageException">The file is missing or no whole image.</exception>
    public static Volume ReadVolume(string path)
    {
        using var file = Format.Open(path);
        var header = file.Header;
        return new Volume(file.ReadVoxels<float>(), header.Channels, header.Shape, header.Spacing);
    }

    /// <summary>Reads a label map of three dimensions.</summary>
    /// <param name="path">The file; for a pair, either of the two.</param>
    /// <returns>Labels in the order (z, y, x), with the header's spacing.</returns>
    /// <exception cref="ImageException">
    /// The file is missing or no whole image, has several channels, or holds a value that is not a whole number of 16 bits (in single precision).
    /// </exception>
    public static LabelMap ReadLabels(string path)
    {
        using var file = Format.Open(path);
        var header = file.Header;
        return new LabelMap(file.ReadLabels(), header.Shape, header.Spacing);
    }

    /// <summary>
    /// Writes an image as its header says: type, byte order, standard, scaling. Values of a whole-number type are rounded and
    /// limited to its range. The image is written beside its place and renamed when it is whole.
    /// </summary>
    /// <param name="path">The file; for a pair, either of the two.</param>
    /// <param name="image">What to write.</param>
    /// <exception cref="ArgumentException">The number of values is not what the header says.</exception>
    /// <exception cref="ImageException">The file cannot be written.</exception>
    public static void Write(string path, NiftiImage image) =>
        NiftiWriter.Write<double>(path, image.Header, image.Values);

    /// <summary>Writes an image as 32-bit floating point numbers.</summary>
    /// <param name="path">The file; for a pair, either of the two.</param>
    /// <param name="volume">What to write; several channels become a fourth dimension.</param>
    /// <param name="like">
    /// The header whose place in space (forms, spacing), units, description and standard are kept, usually that of the image from
    /// which this one was made; without it the axes are those of the scanner and the first voxel is the origin.
    /// </param>
    /// <exception cref="ArgumentException">The shape is not that of <paramref name="like"/>.</exception>
    /// <exception cref="ImageException">The file cannot be written.</exception>
    public static void WriteVolume(string path, Volume volume, NiftiHeader? like = null) =>
        NiftiWriter.Write<float>(
            path,
            HeaderLike(like, volume.Shape, volume.Spacing, volume.Channels, NiftiDataType.Float32),
            volume.Data);

    /// <summary>Writes a label map in the smallest whole-number type that holds its values, unsigned if none is negative.</summary>
    /// <param name="path">The file; for a pair, either of the two.</param>
    /// <param name="labels">What to write.</param>
    /// <param name="like">As in <see cref="WriteVolume"/>.</param>
    /// <exception cref="ArgumentException">The shape is not that of <paramref name="like"/>.</exception>
    /// <exception cref="ImageException">The file cannot be written.</exception>
    public static void WriteLabels(string path, LabelMap labels, NiftiHeader? like = null) =>
        NiftiWriter.Write<short>(
            path,
            HeaderLike(like, labels.Shape, labels.Spacing, channels: 1, SmallestType(labels.Data)),
            labels.Data);

    internal static NiftiDataType SmallestType(ReadOnlySpan<short> labels)
    {
        short smallest = 0, largest = 0;
        foreach (var label in labels)
        {
            smallest = Math.Min(smallest, label);
            largest = Math.Max(largest, label);
        }

        return smallest >= 0
            ? largest <= byte.MaxValue ? NiftiDataType.UInt8 : NiftiDataType.UInt16
            : smallest >= sbyte.MinValue && largest <= sbyte.MaxValue ? NiftiDataType.Int8 : NiftiDataType.Int16;
    }

    private static NiftiHeader HeaderLike(NiftiHeader? like, Shape3 shape, Spacing3 spacing, int channels, NiftiDataType type)
    {
        if (like is not null && like.Shape != shape)
        {
            throw new ArgumentException(
                $"The image has {shape} voxels, the header that places it in space {like.Shape}.", nameof(like));
        }

        var header = like ?? NiftiHeader.Create(shape, spacing);
        return header with { Channels = channels, DataType = type, Slope = 1, Intercept = 0, IsBigEndian = false };
    }
}
