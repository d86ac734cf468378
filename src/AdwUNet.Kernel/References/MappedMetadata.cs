using System.Collections.Concurrent;
using System.IO.MemoryMappedFiles;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Microsoft.CodeAnalysis;

namespace AdwUNet.Kernel.References;

/// <summary>
/// Compile-time references to assembly files. The files are mapped, not read: of the framework's 160 assemblies only the
/// pages that a cell's names lead to ever come into memory.
/// </summary>
internal static unsafe class MappedMetadata
{
    private static readonly ConcurrentDictionary<(string Path, DateTime Written), PortableExecutableReference?> s_known = new();

    /// <summary>The reference to a managed assembly, or null where the file is none (a native library).</summary>
    public static PortableExecutableReference? TryGet(string path) =>
        s_known.GetOrAdd((path, File.GetLastWriteTimeUtc(path)), static key => Map(key.Path));

    private static PortableExecutableReference? Map(string path)
    {
        if (new FileInfo(path).Length == 0)
            return null;
        var file = MemoryMappedFile.CreateFromFile(
            new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete),
            mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        var view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            using var image = new PEReader(start, checked((int)view.Capacity));
            if (image.HasMetadata && image.GetMetadataReader() is { IsAssembly: true })
            {
                var metadata = image.GetMetadata();
                // The module keeps pointing into the map, which therefore lives as long as the process.
                var module = ModuleMetadata.CreateFromMetadata((nint)metadata.Pointer, metadata.Length);
                return AssemblyMetadata.Create(module).GetReference(filePath: path, display: path);
            }
        }
        catch (BadImageFormatException)
        {
            // Not an assembly: a native library with the same file name ending.
        }

        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
        return null;
    }
}
