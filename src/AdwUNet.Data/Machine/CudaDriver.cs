using System.Runtime.InteropServices;
using System.Text;

namespace AdwUNet;

/// <summary>Questions to NVIDIA's driver (libcuda, NVML), whose functions keep their names and arguments from release to release.</summary>
internal static unsafe class CudaDriver
{
    private const int MajorAttribute = 75; // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR
    private const int MinorAttribute = 76;
    private const int NameLength = 256;

    private static readonly string[] Driver = OperatingSystem.IsWindows() ? ["nvcuda.dll"] : ["libcuda.so.1"];
    private static readonly string[] Management = OperatingSystem.IsWindows() ? ["nvml.dll"] : ["libnvidia-ml.so.1"];

    public static (string Name, int Major, int Minor, long Bytes) Describe(int index)
    {
        var device = DeviceOf(index);
        var name = stackalloc byte[NameLength];
        Check("cuDeviceGetName", ((delegate* unmanaged<byte*, int, int, int>)Function("cuDeviceGetName"))(name, NameLength, device));
        nuint bytes = 0;
        Check("cuDeviceTotalMem", ((delegate* unmanaged<nuint*, int, int>)Function("cuDeviceTotalMem_v2"))(&bytes, device));
        return (Text(name), Attribute(MajorAttribute, device), Attribute(MinorAttribute, device), (long)bytes);
    }

    public static (long Free, long Total) Memory(int index)
    {
        var device = DeviceOf(index);
        nint context = 0, popped = 0;
        nuint free = 0, total = 0;
        Check("cuDevicePrimaryCtxRetain", ((delegate* unmanaged<nint*, int, int>)Function("cuDevicePrimaryCtxRetain"))(&context, device));
        try
        {
            Check("cuCtxPushCurrent", ((delegate* unmanaged<nint, int>)Function("cuCtxPushCurrent_v2"))(context));
            var result = ((delegate* unmanaged<nuint*, nuint*, int>)Function("cuMemGetInfo_v2"))(&free, &total);
            ((delegate* unmanaged<nint*, int>)Function("cuCtxPopCurrent_v2"))(&popped);
            Check("cuMemGetInfo", result);
        }
        finally
        {
            ((delegate* unmanaged<int, int>)Function("cuDevicePrimaryCtxRelease_v2"))(device);
        }

        return ((long)free, (long)total);
    }

    /// <summary>The driver's version, such as <c>550.54.15</c>.</summary>
    public static string? Version()
    {
        if (!TryFunction(Management, "nvmlInit_v2", out var start) || !TryFunction(Management, "nvmlSystemGetDriverVersion", out var version)
            || ((delegate* unmanaged<int>)start)() != 0)
        {
            return null;
        }

        var text = stackalloc byte[NameLength];
        return ((delegate* unmanaged<byte*, uint, int>)version)(text, NameLength) == 0 ? Text(text) : null;
    }

    private static int DeviceOf(int index)
    {
        var device = 0;
        Check("cuInit", ((delegate* unmanaged<uint, int>)Function("cuInit"))(0));
        Check("cuDeviceGet", ((delegate* unmanaged<int*, int, int>)Function("cuDeviceGet"))(&device, index));
        return device;
    }

    private static int Attribute(int attribute, int device)
    {
        var value = 0;
        Check("cuDeviceGetAttribute", ((delegate* unmanaged<int*, int, int, int>)Function("cuDeviceGetAttribute"))(&value, attribute, device));
        return value;
    }

    private static string Text(byte* text) => Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));

    private static void Check(string function, int result)
    {
        if (result != 0)
        {
            throw new DeviceException($"The NVIDIA driver answers {function} with error {result}; see that nvidia-smi shows the card.");
        }
    }

    private static nint Function(string name) => TryFunction(Driver, name, out var function)
        ? function
        : throw new DeviceException($"The NVIDIA driver's library {Driver[0]} has no {name}, or is missing; install a driver for CUDA 12.");

    private static bool TryFunction(string[] libraries, string name, out nint function)
    {
        function = 0;
        foreach (var library in libraries)
        {
            if (NativeLibrary.TryLoad(library, out var handle) && NativeLibrary.TryGetExport(handle, name, out function))
            {
                return true;
            }
        }

        return false;
    }
}
