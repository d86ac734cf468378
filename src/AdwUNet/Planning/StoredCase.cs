using System.IO.MemoryMappedFiles;
using AdwUNet.Imaging;

namespace AdwUNet.Planning;

/// <summary>
/// A preprocessed case on disk, mapped into memory: reading a patch touches only the pages it lies on. Safe to read from several
/// threads; spans must not outlive the store.
/// </summary>
public sealed unsafe class StoredCase : IPreprocessedCase, IDisposable
{
    private readonly CaseHeader header;
    private readonly CaseLayout layout;
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private byte* start;

    internal StoredCase(string path)
    {
        (header, layout) = CaseFile.ReadHeader(path);
        file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);
        view = file.CreateViewAccessor(0, layout.Length, MemoryMappedFileAccess.Read);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        start += view.PointerOffset;
        ForegroundVoxels = ReadForeground();
    }

    /// <inheritdoc/>
    public string Id => header.Id;

    /// <inheritdoc/>
    public int Channels => header.Channels;

    /// <inheritdoc/>
    public Shape3 Shape => header.Shape;

    /// <summary>The way back to the original image.</summary>
    public CaseGeometry Geometry => header.Geometry;

    /// <inheritdoc/>
    public ReadOnlySpan<float> Image => new(At(layout.Image), checked((int)(Channels * Shape.Count)));

    /// <inheritdoc/>
    public ReadOnlySpan<short> Labels => new(At(layout.Labels), checked((int)Shape.Count));

    /// <inheritdoc/>
    public IReadOnlyDictionary<int, int[]> ForegroundVoxels { get; }

    /// <summary>Unmaps the file.</summary>
    public void Dispose()
    {
        if (start != null)
        {
            start = null;
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            view.Dispose();
            file.Dispose();
        }
    }

    private void* At(long offset)
    {
        ObjectDisposedException.ThrowIf(start == null, this);
        return start + offset;
    }

    private SortedDictionary<int, int[]> ReadForeground()
    {
        var voxels = new SortedDictionary<int, int[]>();
        var offset = layout.Foreground;
        foreach (var (c, count) in header.Foreground)
        {
            voxels[c] = new ReadOnlySpan<int>(At(offset), count).ToArray();
            offset += count * (long)sizeof(int);
        }

        return voxels;
    }
}
