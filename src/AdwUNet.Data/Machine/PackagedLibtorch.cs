using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace AdwUNet;

/// <summary>
/// libtorch's package in NuGet's folder, from which a notebook loads it. TorchSharp asks the system's loader for libtorch by name before it looks there,
/// and so would take the libtorch of Debian's python3-torch, say, which is of another version.
/// </summary>
internal static class PackagedLibtorch
{
    // In this order, each finds what it needs among those already loaded.
    private static readonly string[] Files = ["libc10.so", "libtorch_cpu.so", "libtorch.so"];
    private static readonly string[] Folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib"];

    /// <summary>
    /// Loads the package if the system has a libtorch; the loader then answers with what is loaded. It does nothing where there is no such package, or one for
    /// CUDA, between which TorchSharp chooses.
    /// </summary>
    public static void LoadBeforeThatOfTheSystem()
    {
        var named = (Environment.GetEnvironmentVariable("LD_LIBRARY_PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        if (!named.Concat(Folders).Any(TorchLibrary.HasLibtorch) || Folder() is not { } folder) return;
        foreach (var file in Files)
            NativeLibrary.TryLoad(Path.Combine(folder, file), out _);
    }

    private static string? Folder()
    {
        // A constant: to ask the type for it would start TorchSharp.
        const string version = "libtorchPackageVersion";
        var built = typeof(torch).GetField(version, BindingFlags.Static | BindingFlags.NonPublic)?.GetRawConstantValue() as string;
        if (!Version.TryParse(built, out var parsed) || Path.GetDirectoryName(typeof(torch).Assembly.Location) is not { Length: > 0 } beside) return null;
        var packages = Path.GetFullPath(Path.Combine(beside, "..", "..", "..", "..")); // of PACKAGES/torchsharp/VERSION/lib/net8.0
        var folder = Path.Combine(packages, "libtorch-cpu-linux-x64", parsed.ToString(3), "runtimes", "linux-x64", "native");
        return TorchLibrary.HasLibtorch(folder) && !Directory.EnumerateDirectories(packages, "libtorch-cuda-*").Any() ? folder : null;
    }
}
