using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace AdwUNet.Kernel.References;

/// <summary>
/// Holds the assemblies of one session, apart from the kernel's own: a notebook may use another version of a library
/// than the kernel does. What both must share (see <see cref="Framework"/>) comes from the kernel.
/// </summary>
internal sealed class NotebookLoadContext() : AssemblyLoadContext("notebook")
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _managed = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _native = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _nativeFolders = [];
    private readonly List<AssemblyDependencyResolver> _resolvers = [];
    private readonly Dictionary<string, DllNotFoundException> _failures = [];

    /// <summary>Makes an assembly file loadable by its simple name; the first file of a name stays.</summary>
    public void AddManaged(string path)
    {
        lock (_lock)
            _managed.TryAdd(Path.GetFileNameWithoutExtension(path), path);
    }

    /// <summary>Makes a native library loadable by its name.</summary>
    public void AddNative(string path)
    {
        lock (_lock)
            _native.TryAdd(Path.GetFileName(path), path);
    }

    /// <summary>Makes what lies beside a referenced assembly loadable: managed, native, and by its <c>.deps.json</c>.</summary>
    public void AddFolderOf(string assemblyPath)
    {
        var folder = Path.GetDirectoryName(assemblyPath)!;
        lock (_lock)
        {
            foreach (var native in NativeFolders(folder))
            {
                if (!_nativeFolders.Contains(native))
                    _nativeFolders.Add(native);
            }

            if (File.Exists(Path.ChangeExtension(assemblyPath, ".deps.json")))
                _resolvers.Add(new AssemblyDependencyResolver(assemblyPath));
        }
    }

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (assemblyName.Name is not { } name || Framework.Assemblies.ContainsKey(name))
            return null;
        lock (_lock)
        {
            if (_managed.TryGetValue(name, out var path))
                return LoadFromAssemblyPath(path);
            foreach (var resolver in _resolvers)
            {
                if (resolver.ResolveAssemblyToPath(assemblyName) is { } resolved)
                    return LoadFromAssemblyPath(resolved);
            }
        }

        return null;
    }

    /// <summary>Loads a native library for code of the notebook.</summary>
    /// <returns>Its handle, or 0 where the notebook has none of that name.</returns>
    /// <exception cref="DllNotFoundException">The system does not load the file.</exception>
    public nint LoadNative(string name)
    {
        string? path;
        lock (_lock)
            path = FindNative(name);
        return path is null ? 0 : LoadUnmanagedDllFromPath(path);
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        try
        {
            return LoadNative(unmanagedDllName);
        }
        catch (DllNotFoundException failure)
        {
            // The runtime raises ResolvingUnmanagedDll next: a library may load the file in its own way. If none does, the last handler throws this error.
            lock (_lock)
            {
                _failures[unmanagedDllName] = failure;
                ResolvingUnmanagedDll -= Fail;
                ResolvingUnmanagedDll += Fail;
            }

            return 0;
        }
    }

    private nint Fail(Assembly assembly, string name)
    {
        lock (_lock)
            return _failures.TryGetValue(name, out var failure) ? throw new DllNotFoundException(failure.Message, failure) : 0;
    }

    private string? FindNative(string name)
    {
        foreach (var file in FileNames(name))
        {
            if (_native.TryGetValue(file, out var path))
                return path;
            foreach (var folder in _nativeFolders)
            {
                if (File.Exists(Path.Combine(folder, file)))
                    return Path.Combine(folder, file);
            }
        }

        return _resolvers.Select(resolver => resolver.ResolveUnmanagedDllToPath(name)).FirstOrDefault(path => path is not null);
    }

    private static IEnumerable<string> FileNames(string name)
    {
        var (prefix, suffix) = OperatingSystem.IsWindows() ? ("", ".dll")
            : OperatingSystem.IsMacOS() ? ("lib", ".dylib") : ("lib", ".so");
        yield return name;
        yield return name + suffix;
        yield return prefix + name;
        yield return prefix + name + suffix;
    }

    private static IEnumerable<string> NativeFolders(string folder)
    {
        yield return folder;
        var os = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
        var architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        string[] identifiers =
            [RuntimeInformation.RuntimeIdentifier, os + "-" + architecture, os, "unix-" + architecture, "unix"];
        foreach (var identifier in identifiers.Distinct())
        {
            var native = Path.Combine(folder, "runtimes", identifier, "native");
            if (Directory.Exists(native))
                yield return native;
        }
    }
}
