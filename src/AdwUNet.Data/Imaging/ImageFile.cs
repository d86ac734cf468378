namespace AdwUNet.Imaging;

/// <summary>
/// Reads and writes images of any supported format: NIfTI (<c>.nii</c>, <c>.nii.gz</c>, <c>.hdr</c> with <c>.img</c>), NRRD (<c>.nrrd</c>,
/// <c>.nhdr</c>) and MetaImage (<c>.mha</c>, <c>.mhd</c>). The name tells the format. A file that is not a whole image is refused,
/// and no memory is allocated for data that the file does not contain.
/// </summary>
public static class ImageFile
{
    /// <summary>Reads an image's header, and checks that the file can hold the voxels that it asks for.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ImageException">The file is missing, no whole image, or of another format.</exception>
    public static ImageHeader ReadHeader(string path)
    {
        using var image = ImageFormats.Of(path).Open(path);
        return image.Header;
    }

    /// <summary>Reads an image.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Values in the order (channel, z, y, x), with the spacing in millimetres.</returns>
    /// <exception cref="ImageException">The file is missing, no whole image, or of another format.</exception>
    public static Volume ReadVolume(string path)
    {
        using var image = ImageFormats.Of(path).Open(path);
        return new Volume(image.ReadVoxels<float>(), image.Header.Channels, image.Header.Shape, image.Header.Spacing);
    }

    /// <summary>Reads a label map.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Labels in the order (z, y, x), with the spacing in millimetres.</returns>
    /// <exception cref="ImageException">
    /// The file is missing, no whole image, or of another format, has several channels, or holds a value that is not a whole number of
    /// 16 bits (in single precision).
    /// </exception>
    public static LabelMap ReadLabels(string path)
    {
        using var image = ImageFormats.Of(path).Open(path);
        return new LabelMap(image.ReadLabels(), image.Header.Shape, image.Header.Spacing);
    }

    /// <summary>Writes an image as 32-bit floating point numbers.</summary>
    /// <param name="path">The file; its name tells the format.</param>
    /// <param name="volume">What to write.</param>
    /// <param name="like">The header whose place in space is kept; without it the axes are those of the scanner and the first voxel is the origin.</param>
    /// <exception cref="ArgumentException">The shape is not that of <paramref name="like"/>.</exception>
    /// <exception cref="ImageException">The file cannot be written, or its format is unknown.</exception>
    public static void WriteVolume(string path, Volume volume, ImageHeader? like = null) =>
        ImageFormats.Of(path).Write<float>(path, Like(like, volume.Shape, volume.Spacing, volume.Channels, NiftiDataType.Float32), volume.Data);

    /// <summary>Writes a label map in the smallest whole-number type that holds its values.</summary>
    /// <param name="path">The file; its name tells the format.</param>
    /// <param name="labels">What to write.</param>
    /// <param name="like">As in <see cref="WriteVolume"/>. The place in space is exact where the format is that of <paramref name="like"/>; NIfTI-1 rounds it to single precision.</param>
    /// <exception cref="ArgumentException">The shape is not that of <paramref name="like"/>.</exception>
    /// <exception cref="ImageException">The file cannot be written, or its format is unknown.</exception>
    public static void WriteLabels(string path, LabelMap labels, ImageHeader? like = null) =>
        ImageFormats.Of(path).Write<short>(path, Like(like, labels.Shape, labels.Spacing, 1, Nifti.SmallestType(labels.Data)), labels.Data);

    /// <summary>All files that an image of this name consists of.</summary>
    internal static IReadOnlyList<string> FilesOf(string path) => ImageFormats.Of(path).FilesOf(path);

    private static ImageHeader Like(ImageHeader? like, Shape3 shape, Spacing3 spacing, int channels, NiftiDataType type)
    {
        if (like is not null && like.Shape != shape)
            throw new ArgumentException($"The image has {shape} voxels, the header that places it in space {like.Shape}.", nameof(like));
        return (like ?? ImageHeader.Of(NiftiHeader.Create(shape, spacing))) with { Channels = channels, DataType = type };
    }
}
