using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet;

/// <summary>A CUDA device and the software under it, as its driver tells.</summary>
/// <param name="Name">Such as <c>NVIDIA H200</c>.</param>
/// <param name="ComputeCapability">Such as <c>9.0</c>; bfloat16 needs 8.0.</param>
/// <param name="MemoryBytes">All memory of the card.</param>
/// <param name="Driver">The driver's version; null where NVML is missing.</param>
/// <param name="Cuda">The version of the CUDA runtime that libtorch uses; null where it is not found.</param>
/// <param name="Cudnn">The version of cuDNN; null before its first use, where libtorch loads it late.</param>
/// <param name="Options">How libtorch computes on it.</param>
public sealed record CudaCard(string Name, string ComputeCapability, long MemoryBytes, string? Driver, string? Cuda, string? Cudnn, CudaOptions Options)
{
    /// <summary>Describes a device.</summary>
    /// <param name="device">A device.</param>
    /// <returns>Null for a device that is not CUDA.</returns>
    /// <exception cref="DeviceException">The driver does not answer.</exception>
    public static CudaCard? Of(Device device)
    {
        if (device.type != DeviceType.CUDA)
        {
            return null;
        }

        var (name, major, minor, bytes) = CudaDriver.Describe(Math.Max(0, device.index));
        return new(name, $"{major}.{minor}", bytes, CudaDriver.Version(), CudaVersion(), CudnnVersion(), CudaOptions.InEffect);
    }

    /// <summary>Free and all memory of a CUDA device in bytes, that of all programs together.</summary>
    /// <exception cref="DeviceException">The driver does not answer.</exception>
    internal static (long Free, long Total) Memory(Device device) => CudaDriver.Memory(Math.Max(0, device.index));

    /// <summary>The words for CUDA's version number: 12080 is 12.8.</summary>
    internal static string CudaWords(long version) => $"{version / 1000}.{version % 1000 / 10}";

    /// <summary>The words for cuDNN's version number: 90701 is 9.7.1, and before cuDNN 9, 8902 was 8.9.2.</summary>
    internal static string CudnnWords(long version)
    {
        var major = version >= 90000 ? 10000 : 1000;
        return $"{version / major}.{version % major / 100}.{version % 100}";
    }

    private static unsafe string? CudaVersion()
    {
        var version = 0;
        return Export("cudart", "cudaRuntimeGetVersion") is { } function && ((delegate* unmanaged<int*, int>)function)(&version) == 0 ? CudaWords(version) : null;
    }

    private static unsafe string? CudnnVersion() =>
        Export("cudnn", "cudnnGetVersion") is { } function ? CudnnWords((long)((delegate* unmanaged<nuint>)function)()) : null;

    /// <summary>A function of a library that libtorch has loaded: its file's name differs from release to release.</summary>
    private static nint? Export(string library, string function)
    {
        using var process = Process.GetCurrentProcess();
        foreach (var module in process.Modules.Cast<ProcessModule>().Where(module => module.ModuleName.Contains(library, StringComparison.OrdinalIgnoreCase)))
        {
            if (NativeLibrary.TryLoad(module.FileName, out var handle) && NativeLibrary.TryGetExport(handle, function, out var address))
            {
                return address;
            }
        }

        return null;
    }
}
