using System.Collections.Concurrent;
using System.IO.MemoryMappedFiles;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Microsoft.CodeAnalysis;
using Microsoft.Win32.SafeHandles;

namespace AdwUNet.Kernel.References;

/// <summary>
/// Compile-time references to assembly files. The files are mapped, not read: of the framework's 160 assemblies only the
/// pages that a cell's names lead to ever come into memory.
/// </summary>
internal static unsafe class MappedMetadata
{
    private static readonly ConcurrentDictionary<(string Path, DateTime Written), PortableExecutableReference?> Known = new();

    /// <summary>The reference to a managed assembly, or null where the file is none (a native library).</summary>
    public static PortableExecutableReference? TryGet(string path) =>
        Known.GetOrAdd((path, File.GetLastWriteTimeUtc(path)), static key => Map(key.Path));

    private static PortableExecutableReference? Map(string path)
    {
        var length = new FileInfo(path).Length;
        // No assembly is empty, or larger than what its own format can address.
        if (length is 0 or > int.MaxValue)
            return null;
        // Closed after mapping, because 160 open files exceed the limit per process on some systems.
        using var file = MemoryMappedFile.CreateFromFile(
            new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete),
            mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        MemoryMappedViewAccessor? view = null;
        PortableExecutableReference? reference = null;
        try
        {
            view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            return reference = Read(view.SafeMemoryMappedViewHandle, (int)length, path);
        }
        catch (BadImageFormatException)
        {
            // Not an assembly: a native library with the same file name ending.
            return null;
        }
        finally
        {
            // The reference keeps pointing into the map, which therefore lives as long as the process.
            if (reference is null)
                view?.Dispose();
        }
    }

    private static PortableExecutableReference? Read(SafeMemoryMappedViewHandle map, int length, string path)
    {
        byte* start = null;
        map.AcquirePointer(ref start);
        var isKept = false;
        try
        {
            using var image = new PEReader(start, length);
            if (!image.HasMetadata || image.GetMetadataReader() is not { IsAssembly: true })
                return null;
            var metadata = image.GetMetadata();
            var module = ModuleMetadata.CreateFromMetadata((nint)metadata.Pointer, metadata.Length);
            var reference = AssemblyMetadata.Create(module).GetReference(new LibraryDocumentation(path), filePath: path, display: path);
            isKept = true;
            return reference;
        }
        finally
        {
            if (!isKept)
                map.ReleasePointer();
        }
    }
}
