using AdwUNet.Imaging;

namespace AdwUNet.Preprocessing;

/// <summary>A preprocessed case whose voxels can be read piece by piece. Safe to read from several threads.</summary>
public interface IPreprocessedCase
{
    /// <summary>The case's name, such as <c>hippocampus_001</c>.</summary>
    string Id { get; }

    /// <summary>Number of channels.</summary>
    int Channels { get; }

    /// <summary>Voxels after resampling.</summary>
    Shape3 Shape { get; }

    /// <summary>The whole image without copying, in the order (channel, z, y, x).</summary>
    ReadOnlySpan<float> Image { get; }

    /// <summary>The whole label map without copying, in the order (z, y, x); −1 outside the non-zero region.</summary>
    ReadOnlySpan<short> Labels { get; }

    /// <summary>
    /// The foreground classes (or regions, from 1 on) present, each with at most a fixed number of voxel offsets (into <see cref="Labels"/>)
    /// drawn at preprocessing; sampling centres patches on them. With an ignore label, 0 has voxels that are not ignored; the patches that need
    /// not be centred on foreground are centred on those.
    /// </summary>
    IReadOnlyDictionary<int, int[]> ForegroundVoxels { get; }

    /// <summary>A hash of all that the case consists of (XXH128, hexadecimal): two cases of other voxels or labels have others. Null where it is not known.</summary>
    string? ContentHash => null;
}
