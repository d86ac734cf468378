using AdwUNet.Datasets;
using AdwUNet.Imaging;

namespace AdwUNet.Preprocessing;

/// <summary>The files that a case is made of, with hashes of their contents.</summary>
internal static class CaseSources
{
    /// <exception cref="PreprocessingException">A file is missing or cannot be read.</exception>
    /// <exception cref="ImageException">A header that names further files is no header.</exception>
    public static IReadOnlyList<SourceFile> Of(Dataset dataset, DatasetCase entry) =>
        [.. entry.ImagePaths.Append(entry.LabelPath).SelectMany(ImageFile.FilesOf).Where((path, i) => i == 0 || File.Exists(path) || path == entry.LabelPath)
            .Distinct(StringComparer.Ordinal).Select(path => new SourceFile(Path.GetRelativePath(dataset.Folder, path).Replace('\\', '/'), Hash(entry, path)))];

    private static string Hash(DatasetCase entry, string path)
    {
        try
        {
            return FileContent.Hash(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PreprocessingException($"Case {entry.Id}: {path} is missing; restore the file or remove the case from the dataset.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PreprocessingException($"Case {entry.Id}: {path} cannot be read ({error.Message.TrimEnd('.')}); make it readable.", error);
        }
    }
}
