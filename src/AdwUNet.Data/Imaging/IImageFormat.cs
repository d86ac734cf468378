using System.Numerics;

namespace AdwUNet.Imaging;

/// <summary>One format of image files.</summary>
internal interface IImageFormat
{
    /// <summary>How its files' names end, in lower case; the longest of several that fit counts.</summary>
    IReadOnlyList<string> Endings { get; }

    /// <summary>Opens an image: reads and checks its header, and stands at its first voxel.</summary>
    /// <exception cref="ImageException">The file is missing or no whole image.</exception>
    OpenImage Open(string path);

    /// <summary>Writes an image; each file appears only when it is whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="header">Shape, place in space and type of the voxels.</param>
    /// <param name="values">The voxels in the order (channel, z, y, x).</param>
    /// <exception cref="ImageException">The file cannot be written.</exception>
    void Write<T>(string path, ImageHeader header, ReadOnlyMemory<T> values)
        where T : unmanaged, INumber<T>;

    /// <summary>All files of an image, so that none of them is overwritten by another image.</summary>
    IReadOnlyList<string> FilesOf(string path);
}
