using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Microsoft.Win32.SafeHandles;
using TorchSharp;

namespace AdwUNet;

/// <summary>
/// Loads TorchSharp's native library on Linux where .NET does not load it. There are two causes. The file requires the symbol version GLIBCXX_3.4.32,
/// which Debian 12 and Ubuntu 22.04 do not have, although no symbol in it uses that version. And a notebook loads packages from NuGet's folder,
/// where libtorch is not beside it (https://github.com/dotnet/TorchSharp/issues/169).
/// </summary>
public static partial class TorchLibrary
{
    private const string Name = "LibTorchSharp";
    private const string FileName = "libLibTorchSharp.so";
    private const string Needless = "GLIBCXX_3.4.32";
    private const uint CloseOnExec = 1; // MFD_CLOEXEC
    private const int ResolveNow = 2; // RTLD_NOW

    // After an operation, libtorch's threads look for the next one for some milliseconds (GNU OpenMP's default is 300,000 looks) and keep a core from
    // the engine's threads meanwhile. With a tenth of that, short steps are faster, and libtorch's own operations are hardly slower.
    private const string LooksOfOpenMP = "GOMP_SPINCOUNT", FewLooks = "30000";

    private static readonly Lock Gate = new();
    private static bool s_isEnabled;
    private static bool s_isResolverSet;
    private static nint s_handle;

    /// <summary>
    /// Loads the library as described above at the first use of TorchSharp in this process. The first use of any type of this assembly calls this
    /// method, and so does the start of every C# program that references the package. A program in another language calls it before its first
    /// use of TorchSharp.
    /// </summary>
    public static void Enable()
    {
        lock (Gate)
        {
            if (s_isEnabled || !OperatingSystem.IsLinux()) return;
            s_isEnabled = true;
            LibtorchContext.SetVariable(LooksOfOpenMP, FewLooks); // read when libtorch is loaded
            // Of TorchSharp: .NET Interactive loads each file of a folder into a context of its own.
            AssemblyLoadContext.GetLoadContext(typeof(torch).Assembly)!.ResolvingUnmanagedDll += Resolve;
        }

        // Before .NET looks for the libraries that LibTorchSharp needs: it then finds these.
        if (LibtorchFolder.Path is not null)
        {
            SetResolver();
            LibtorchFolder.Load(Places());
        }
        else if (!Places().Any(HasLibtorch))
        {
            PackagedLibtorch.LoadBeforeThatOfTheSystem();
        }
    }

    /// <summary>TorchSharp's native library; null if none of the places has it.</summary>
    internal static string? NativeFile => Places().Select(folder => Path.Combine(folder, FileName)).FirstOrDefault(File.Exists);

    /// <summary>The native library, loaded. Its exports include those of libtorch.</summary>
    /// <exception cref="AdwUNetException">It does not load.</exception>
    internal static nint Handle
    {
        get
        {
            OneDnnCaches.Mend(); // TorchSharp loads it at its first use
            return OperatingSystem.IsLinux() ? Load() : NativeLibrary.Load(Name, typeof(torch).Assembly, null);
        }
    }

    /// <summary>
    /// Which libtorch computes, such as <c>2.10.0</c>; with the folder and a remark where <c>ADWUNET_LIBTORCH</c> names one. For a run's configuration.
    /// </summary>
    /// <exception cref="AdwUNetException">It does not load.</exception>
    public static string Description
    {
        get
        {
            var built = torch.NormalizeNuGetVersion(torch.__version__);
            return LibtorchFolder.Path is null ? built : LibtorchFolder.Describe(Handle, built);
        }
    }

    /// <summary>Loads a copy of the file in memory in which the version that nothing uses is marked weak, so that the loader ignores it.</summary>
    /// <exception cref="AdwUNetException">The machine's glibc is too old, the file is damaged, or it does not load.</exception>
    internal static nint LoadMended(string file)
    {
        try
        {
            return NativeLibrary.Load(MendedCopy(file));
        }
        catch (InvalidDataException error)
        {
            throw new AdwUNetException($"{file} is {error.Message}; delete the package's folder and restore again.", error);
        }
        catch (Exception error) when (error is DllNotFoundException or IOException or UnauthorizedAccessException)
        {
            throw new AdwUNetException($"{file} could not be loaded ({error.Message.Trim()}).", error);
        }
    }

    private static string MendedCopy(string file)
    {
        var elf = File.ReadAllBytes(file);
        if (GlibcFault(file, ElfVersionNeeds.NewestGlibc(ElfVersionNeeds.Names(elf)), PresentGlibc()) is { } fault) throw new AdwUNetException(fault);
        ElfVersionNeeds.MarkWeak(elf, Needless);
        // The descriptor stays open: the loader knows the library by this path.
        var descriptor = CreateMemoryFile(FileName, CloseOnExec);
        if (descriptor < 0) throw new AdwUNetException($"{file} could not be loaded: the system refuses a file in memory ({Marshal.GetLastPInvokeErrorMessage()}).");
        using (var memory = new FileStream(new SafeFileHandle(descriptor, ownsHandle: false), FileAccess.Write)) memory.Write(elf);
        return $"/proc/self/fd/{descriptor}";
    }

    /// <summary>Loads the file with all functions that it calls, so that a missing one is found now and not in the middle of a run.</summary>
    private static nint LoadComplete(string file)
    {
        var handle = Open(file, ResolveNow);
        var fault = handle == 0 ? Fault() : "";
        if (fault.Contains(Needless, StringComparison.Ordinal))
        {
            handle = Open(MendedCopy(file), ResolveNow);
            fault = handle == 0 ? Fault() : "";
        }

        return handle != 0 ? handle : throw new AdwUNetException(LibtorchFolder.Words(fault, torch.NormalizeNuGetVersion(torch.__version__)));

        static string Fault() => Marshal.PtrToStringUTF8(LastError()) ?? "no reason was given";
    }

    private static AdwUNetException Missing() => new($"{FileName} of the package TorchSharp is not in {string.Join(", ", Places())}: restore and build again.");

    /// <summary>The message for a C library that is too old, or null where it is new enough.</summary>
    internal static string? GlibcFault(string file, Version? needed, Version? present) => needed is null || present is null || present >= needed
        ? null
        : $"{Path.GetFileName(file)} needs the C library glibc {needed}, this machine has {present}: use a newer Linux (Debian 12, Ubuntu 22.04, RHEL 9 or "
            + "later), TorchSharp cannot run on this one.";

#pragma warning disable CA2255 // Programs call TorchSharp, not this library, and so cannot be asked to call it first.
    [ModuleInitializer]
    internal static void Initialize() => Enable();
#pragma warning restore CA2255

    /// <summary>Answers the runtime, which asks here after all its own ways have failed.</summary>
    private static nint Resolve(Assembly assembly, string name)
    {
        if (name != Name || assembly != typeof(torch).Assembly) return 0;
        SetResolver();
        try
        {
            return Load();
        }
        catch (AdwUNetException)
        {
            // TorchSharp would replace the error by a report of its own. A handle that is not 0 makes it continue to its first native call, where the
            // resolver throws the error.
            return NativeLibrary.GetMainProgramHandle();
        }
    }

    private static void SetResolver()
    {
        lock (Gate)
        {
            if (s_isResolverSet) return;
            s_isResolverSet = true;
            try
            {
                NativeLibrary.SetDllImportResolver(typeof(torch).Assembly, (name, _, _) => name == Name ? Load() : 0);
            }
            catch (InvalidOperationException)
            {
                // The program has a resolver of its own, which is asked first.
            }
        }
    }

    private static nint Load()
    {
        lock (Gate)
        {
            if (s_handle != 0) return s_handle;
            if (LibtorchFolder.Path is not null)
            {
                LibtorchFolder.ThrowFault();
                return s_handle = LoadComplete(NativeFile ?? throw Missing());
            }

            // In this order, each finds what it needs among those already loaded, wherever its file is.
            string[] needed = ["c10", "torch_cpu", "torch"];
            if (needed.All(name => NativeLibrary.TryLoad(name, typeof(torch).Assembly, null, out _)))
            {
                var file = NativeFile ?? throw Missing();
                try
                {
                    return s_handle = NativeLibrary.TryLoad(file, out var handle) ? handle : LoadMended(file);
                }
                catch (AdwUNetException error) when (error.InnerException is DllNotFoundException && !Places().Any(HasLibtorch))
                {
                    // What was found is the system's libtorch, of another version, such as that of Debian's python3-torch.
                }
            }
        }

        // Outside the lock: the static constructor of torch may run in another thread and wait for the lock.
        var version = torch.NormalizeNuGetVersion(torch.__version__);
        throw new AdwUNetException(
            $"There is no libtorch here: add the package libtorch-cpu-linux-x64 {version} (or TorchSharp-cuda-linux for an NVIDIA GPU) to the project, or "
            + $"#r \"nuget: libtorch-cpu-linux-x64, {version}\" to the notebook, or set {LibtorchFolder.Variable} to the folder of a libtorch; then start it again.");
    }

    /// <summary>Where the file may be: where the program's natives are, beside the assembly, and in the package in NuGet's folder.</summary>
    private static IEnumerable<string> Places()
    {
        foreach (var folder in ((string?)AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            yield return folder;
        if (Path.GetDirectoryName(typeof(torch).Assembly.Location) is not { Length: > 0 } beside) yield break;
        yield return beside;
        yield return Path.GetFullPath(Path.Combine(beside, "..", "..", "runtimes", "linux-x64", "native"));
    }

    internal static bool HasLibtorch(string folder) => File.Exists(Path.Combine(folder, "libtorch_cpu.so"));

    /// <summary>Null where the C library is another one (musl) and does not say.</summary>
    private static Version? PresentGlibc()
    {
        try
        {
            return Version.TryParse(Marshal.PtrToStringAnsi(GlibcVersion()), out var version) ? version : null;
        }
        catch (Exception error) when (error is EntryPointNotFoundException or DllNotFoundException)
        {
            return null;
        }
    }

    [LibraryImport("libc.so.6", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Open(string file, int flags);

    [LibraryImport("libc.so.6", EntryPoint = "dlerror")]
    private static partial nint LastError();

    [LibraryImport("libc.so.6", EntryPoint = "gnu_get_libc_version")]
    private static partial nint GlibcVersion();

    [LibraryImport("libc.so.6", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CreateMemoryFile(string name, uint flags);
}
