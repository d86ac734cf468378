namespace AdwUNet.Imaging;

/// <summary>The formats of image files that are read and written, and those that are refused by name.</summary>
internal static class ImageFormats
{
    public const string Supported = ".nii, .nii.gz, .hdr with .img, .nrrd, .nhdr, .mha and .mhd";

    private static readonly IImageFormat[] All = [new NiftiFormat(), new NrrdFormat(), new MetaImageFormat()];

    private static readonly (string Ending, string Advice)[] Refused =
    [
        (".bz2", "it is compressed with bzip2; decompress it with 'bunzip2' and compress it with 'gzip'"),
        (".xz", "it is compressed with xz; decompress it with 'unxz' and compress it with 'gzip'"),
        (".zst", "it is compressed with zstd; decompress it with 'unzstd' and compress it with 'gzip'"),
        (".zip", "it is an archive; unpack it"),
        (".7z", "it is an archive; unpack it"),
        (".tar", "it is an archive; unpack it"),
        (".tar.gz", "it is an archive; unpack it"),
        (".tgz", "it is an archive; unpack it"),
        (".dcm", "it is a DICOM image; convert the series to NIfTI with 'dcm2niix'"),
        (".ima", "it is a DICOM image; convert the series to NIfTI with 'dcm2niix'"),
        (".mgz", "it is an image of FreeSurfer; convert it with 'mri_convert'"),
        (".mgh", "it is an image of FreeSurfer; convert it with 'mri_convert'"),
        (".mnc", "it is a MINC image; convert it with 'mnc2nii'"),
        (".head", "it is an image of AFNI; convert it with '3dAFNItoNIFTI'"),
        (".brik", "it is an image of AFNI; convert it with '3dAFNItoNIFTI'"),
        (".png", "it is a picture; convert the slices to one volume, for example with SimpleITK"),
        (".jpg", "it is a picture; convert the slices to one volume, for example with SimpleITK"),
        (".bmp", "it is a picture; convert the slices to one volume, for example with SimpleITK"),
        (".tif", "it is a picture; convert it to NIfTI, for example with SimpleITK"),
        (".tiff", "it is a picture; convert it to NIfTI, for example with SimpleITK"),
        (".npy", "it holds an array without spacing; write it as NIfTI, for example with nibabel"),
        (".npz", "it holds arrays without spacing; write them as NIfTI, for example with nibabel"),
        (".vtk", "it is an image of VTK; convert it to NIfTI, for example with SimpleITK"),
        (".par", "it is an image of Philips; convert it with 'dcm2niix'"),
    ];

    /// <summary>The format of a file by its name.</summary>
    /// <exception cref="ImageException">The format cannot be read; the message says how to convert it if that is known.</exception>
    public static IImageFormat Of(string path)
    {
        if (EndingOf(path) is { } ending) return All.First(format => format.Endings.Contains(ending));
        if (File.Exists(path) && FaultOf(path) is { } fault) throw new ImageException(path, fault);
        throw new ImageException(path, RefusalOf(path) ?? (
            Directory.Exists(path) ? "this is a folder, not an image file; convert a DICOM series to NIfTI with 'dcm2niix'"
            : $"the name ends in none of {Supported}"));
    }

    /// <summary>Why the format of a name is not supported, and how to convert it; null if the ending is unknown.</summary>
    public static string? RefusalOf(string path) => Refused.Where(refused => path.EndsWith(refused.Ending, StringComparison.OrdinalIgnoreCase))
        .OrderByDescending(refused => refused.Ending.Length).Select(refused => $"the format {refused.Ending} is not supported: {refused.Advice}").FirstOrDefault();

    /// <summary>The ending of an image's name as far as a format knows it, in lower case; null where none does.</summary>
    public static string? EndingOf(string path) => All.SelectMany(format => format.Endings)
        .Where(ending => path.Length > ending.Length && path.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
        .MaxBy(ending => ending.Length);

    /// <summary>Whether an ending such as that of a dataset's description is one that is read.</summary>
    public static bool IsEnding(string ending) => All.Any(format => format.Endings.Contains(ending, StringComparer.OrdinalIgnoreCase));

    private static string? FaultOf(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            var start = new byte[FileStart.Length];
            var read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            return FileStart.Fault(start.AsSpan(0, read));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
