using System.IO.MemoryMappedFiles;
using AdwUNet.Imaging;

namespace AdwUNet.Preprocessing;

/// <summary>
/// A preprocessed case on disk, mapped into memory: reading a patch touches only the pages it lies on. Safe to read from several
/// threads; spans must not outlive the store.
/// </summary>
public sealed unsafe class StoredCase : IPreprocessedCase, IDisposable
{
    private readonly CaseHeader _header;
    private readonly CaseLayout _layout;
    private readonly MemoryMappedViewAccessor _view;
    private byte* _start;

    internal StoredCase(string path)
    {
        (_header, _layout) = CaseFile.ReadHeader(path);
        try
        {
            // The view outlives the file, so that a store of many cases holds no file open.
            using var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);
            _view = file.CreateViewAccessor(0, _layout.Length, MemoryMappedFileAccess.Read);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CaseFile.NotOpened(path, error);
        }

        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
        try
        {
            ForegroundVoxels = ReadForeground(path);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Id => _header.Id;

    /// <inheritdoc/>
    public int Channels => _header.Channels;

    /// <inheritdoc/>
    public Shape3 Shape => _header.Shape;

    /// <inheritdoc/>
    public string ContentHash => _header.Content;

    /// <summary>The files that the case was made of.</summary>
    internal IReadOnlyList<SourceFile> Sources => _header.Sources;

    /// <summary>The way back to the original image.</summary>
    public CaseGeometry Geometry => _header.Geometry;

    /// <inheritdoc/>
    public ReadOnlySpan<float> Image => new(At(_layout.Image), checked((int)(Channels * Shape.Count)));

    /// <inheritdoc/>
    public ReadOnlySpan<short> Labels => new(At(_layout.Labels), checked((int)Shape.Count));

    /// <inheritdoc/>
    public IReadOnlyDictionary<int, int[]> ForegroundVoxels { get; }

    /// <summary>Unmaps the file.</summary>
    public void Dispose()
    {
        if (_start != null)
        {
            _start = null;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
        }
    }

    private void* At(long offset)
    {
        ObjectDisposedException.ThrowIf(_start == null, this);
        return _start + offset;
    }

    private SortedDictionary<int, int[]> ReadForeground(string path)
    {
        var voxels = new SortedDictionary<int, int[]>();
        var offset = _layout.Foreground;
        foreach (var (c, count) in _header.Foreground)
        {
            var list = new ReadOnlySpan<int>(At(offset), count);
            if (list.ContainsAnyExceptInRange(0, (int)Shape.Count - 1))
            {
                throw new PreprocessingException($"{path} is not a complete preprocessed case (foreground lists a voxel of class {c} outside its {Shape}); delete it and preprocess again.");
            }

            voxels[c] = list.ToArray();
            offset += count * (long)sizeof(int);
        }

        return voxels;
    }
}
