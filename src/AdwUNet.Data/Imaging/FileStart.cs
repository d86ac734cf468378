using System.Text;

namespace AdwUNet.Imaging;

/// <summary>Recognises a file that is not the image that its name indicates, by its first bytes.</summary>
internal static class FileStart
{
    /// <summary>The number of bytes that are needed.</summary>
    public const int Length = 132;

    private const int DicomOffset = 128;

    private static readonly (string Start, string Fault)[] Texts =
    [
        ("version https://git-lfs", "the file is a pointer of Git LFS, not the image; fetch the image with 'git lfs pull'"),
        ("<!DOCTYPE", "the file is a web page (HTML), not an image; download it again, perhaps after logging in"),
        ("<html", "the file is a web page (HTML), not an image; download it again, perhaps after logging in"),
        ("NRRD000", "the file is an NRRD image; rename it to end in .nrrd"),
        ("ObjectType", "the file is a MetaImage; rename it to end in .mha"),
        ("BZh", "the file is compressed with bzip2; decompress it with 'bunzip2' and compress it with 'gzip'"),
        ("PK\u0003\u0004", "the file is a zip archive; unpack it"),
        ("7z\u00bc\u00af", "the file is a 7-Zip archive; unpack it"),
        ("\u00fd7zXZ", "the file is compressed with xz; decompress it with 'unxz' and compress it with 'gzip'"),
        ("(\u00b5/\u00fd", "the file is compressed with zstd; decompress it with 'unzstd' and compress it with 'gzip'"),
        ("\u0089PNG", "the file is a PNG picture; convert the slices to one volume, for example with SimpleITK"),
        ("II*\0", "the file is a TIFF picture; convert it to NIfTI, for example with SimpleITK"),
        ("MM\0*", "the file is a TIFF picture; convert it to NIfTI, for example with SimpleITK"),
        ("\u0089HDF", "the file is HDF5 (MINC 2?); convert it to NIfTI, for example with 'mnc2nii'"),
    ];

    /// <summary>The fault as a part of a sentence, or null if the bytes are not recognised.</summary>
    public static string? Fault(ReadOnlySpan<byte> start)
    {
        if (start.Length >= Length && start[DicomOffset..Length].SequenceEqual("DICM"u8))
            return "the file is a DICOM image; convert the series to NIfTI with 'dcm2niix'";
        var text = Encoding.Latin1.GetString(start).TrimStart();
        return Texts.FirstOrDefault(known => text.StartsWith(known.Start, StringComparison.OrdinalIgnoreCase)).Fault;
    }
}
