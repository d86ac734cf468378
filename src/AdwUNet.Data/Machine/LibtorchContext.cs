using System.Reflection;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace AdwUNet;

/// <summary>
/// Settings of libtorch that TorchSharp does not export (<c>at::Context</c>), by libtorch's own exported functions. Their names are those of the
/// compilers on Linux; elsewhere the settings stay as they are.
/// </summary>
internal static partial class LibtorchContext
{
    private const string Library = "LibTorchSharp"; // a look-up in it finds what libtorch exports, too

    static LibtorchContext() =>
        NativeLibrary.SetDllImportResolver(typeof(LibtorchContext).Assembly, (name, _, _) => name == Library ? TorchLibrary.Handle : 0);

    /// <summary>Whether the settings can be changed here.</summary>
    public static bool IsAvailable => OperatingSystem.IsLinux();

    /// <summary>
    /// Whether operations use deterministic algorithms. One without any (on CUDA: the sum of the cross-entropy's forward pass) warns and computes all the
    /// same. cuDNN then measures no algorithms.
    /// </summary>
    public static bool Deterministic
    {
        get => IsAvailable && GetDeterministic(Global()) != 0;
        set
        {
            if (!IsAvailable)
            {
                return;
            }

            var context = Global();
            SetDeterministic(context, Byte(value), warnOnly: 1);
            SetDeterministicCudnn(context, Byte(value));

            // A help to find reads of memory that nothing wrote, at the price of writing all memory once more.
            SetFillUninitialized(context, 0);
        }
    }

    /// <summary>Whether cuDNN measures its algorithms for every new shape and keeps the fastest (nnU-Net v1 sets it).</summary>
    public static bool CudnnBenchmark
    {
        get => IsAvailable && GetBenchmark(Global()) != 0;
        set
        {
            if (IsAvailable)
            {
                SetBenchmark(Global(), Byte(value));
            }
        }
    }

    /// <summary>
    /// Sets an environment variable for native code, unless it has a value. .NET keeps to itself what <see cref="Environment.SetEnvironmentVariable(string, string?)"/> sets.
    /// </summary>
    public static void SetVariable(string name, string value)
    {
        if (!IsAvailable)
        {
            return;
        }

        try
        {
            _ = SetNativeVariable(name, value, overwrite: 0);
        }
        catch (DllNotFoundException)
        {
            // Another C library (musl), for which there is no libtorch.
        }
    }

    private static byte Byte(bool value) => value ? (byte)1 : (byte)0;

    [LibraryImport("libc.so.6", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetNativeVariable(string name, string value, int overwrite);

    [LibraryImport(Library, EntryPoint = "_ZN2at13globalContextEv")]
    private static partial nint Global();

    [LibraryImport(Library, EntryPoint = "_ZN2at7Context26setDeterministicAlgorithmsEbb")]
    private static partial void SetDeterministic(nint context, byte value, byte warnOnly);

    [LibraryImport(Library, EntryPoint = "_ZNK2at7Context23deterministicAlgorithmsEv")]
    private static partial byte GetDeterministic(nint context);

    [LibraryImport(Library, EntryPoint = "_ZN2at7Context21setDeterministicCuDNNEb")]
    private static partial void SetDeterministicCudnn(nint context, byte value);

    [LibraryImport(Library, EntryPoint = "_ZN2at7Context39setDeterministicFillUninitializedMemoryEb")]
    private static partial void SetFillUninitialized(nint context, byte value);

    [LibraryImport(Library, EntryPoint = "_ZN2at7Context17setBenchmarkCuDNNEb")]
    private static partial void SetBenchmark(nint context, byte value);

    [LibraryImport(Library, EntryPoint = "_ZNK2at7Context14benchmarkCuDNNEv")]
    private static partial byte GetBenchmark(nint context);
}
