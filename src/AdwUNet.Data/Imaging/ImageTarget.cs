namespace AdwUNet.Imaging;

/// <summary>Refuses an output file that cannot be written, or would overwrite the input, before and not after minutes of work.</summary>
internal static class ImageTarget
{
    /// <exception cref="ImageException">The output has an unknown format, lies in no folder, or is a file of the input.</exception>
    public static void Check(string output, string input)
    {
        var files = ImageFile.FilesOf(output);
        var folder = Path.GetDirectoryName(Path.GetFullPath(output));
        if (!Directory.Exists(folder))
            throw new ImageException(output, $"the folder {folder} does not exist");
        var scan = ImageFile.FilesOf(input).Select(RealPath).ToHashSet(StringComparer.Ordinal);
        if (files.Select(RealPath).Any(scan.Contains))
            throw new ImageException(output, $"this is the same file as the scan {input}, which would be overwritten; give the output another name");
    }

    /// <summary>A file's full path behind symbolic links.</summary>
    private static string RealPath(string path)
    {
        var full = Path.GetFullPath(path);
        if (!File.Exists(full)) return full;
        var target = File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
        return Directory.ResolveLinkTarget(Path.GetDirectoryName(target)!, returnFinalTarget: true) is { } folder
            ? Path.Combine(folder.FullName, Path.GetFileName(target))
            : target;
    }
}
