using System.Runtime.InteropServices;

namespace AdwUNet.Mixed;

/// <summary>The compute capability of NVIDIA cards, from the driver. TorchSharp does not offer it.</summary>
internal static unsafe class CudaCapability
{
    private const int Major = 75; // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR
    private const int Minor = 76;

    /// <summary>The compute capability of a card; null where the driver does not say.</summary>
    /// <param name="index">Its CUDA index.</param>
    public static Version? Of(int index)
    {
        var name = OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";
        if (!NativeLibrary.TryLoad(name, out var driver)
            || !NativeLibrary.TryGetExport(driver, "cuInit", out var initialize)
            || !NativeLibrary.TryGetExport(driver, "cuDeviceGet", out var get)
            || !NativeLibrary.TryGetExport(driver, "cuDeviceGetAttribute", out var attribute))
        {
            return null;
        }

        int device, major, minor;
        var of = (delegate* unmanaged[Cdecl]<int*, int, int, int>)attribute;
        return ((delegate* unmanaged[Cdecl]<uint, int>)initialize)(0) == 0
            && ((delegate* unmanaged[Cdecl]<int*, int, int>)get)(&device, index) == 0
            && of(&major, Major, device) == 0 && of(&minor, Minor, device) == 0
                ? new(major, minor)
                : null;
    }
}
