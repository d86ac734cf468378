namespace AdwUNet.Imaging;

/// <summary>Which files an image of a given name consists of.</summary>
/// <param name="Header">The file with the header.</param>
/// <param name="Voxels">The file with the voxels; the same unless it is a pair.</param>
/// <param name="IsCompressed">Whether both are compressed with gzip.</param>
internal sealed record NiftiPaths(string Header, string Voxels, bool IsCompressed)
{
    private const string CompressedExtension = ".gz";

    public bool IsPair => Header != Voxels;

    public static NiftiPaths Of(string path)
    {
        var isCompressed = path.EndsWith(CompressedExtension, StringComparison.OrdinalIgnoreCase);
        var name = isCompressed ? path[..^CompressedExtension.Length] : path;
        var end = path[name.Length..];
        var extension = Path.GetExtension(name);
        var stem = name[..^extension.Length];
        return extension.ToUpperInvariant() switch
        {
            ".NII" => new NiftiPaths(path, path, isCompressed),
            ".HDR" => new NiftiPaths(path, stem + Matching(".img", extension) + end, isCompressed),
            ".IMG" => new NiftiPaths(stem + Matching(".hdr", extension) + end, path, isCompressed),
            _ => throw new ImageException(path, "the name ends in none of .nii, .nii.gz, .hdr and .img"),
        };
    }

    private static string Matching(string extension, string other) =>
        other.Any(char.IsUpper) ? extension.ToUpperInvariant() : extension;
}
