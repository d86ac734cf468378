using System.Runtime.InteropServices;
using TorchSharp;

namespace AdwUNet.Mixed;

/// <summary>Functions that libtorch exports and TorchSharp does not offer. Each is looked up once, when the first network is created.</summary>
internal static class LibtorchExports
{
    /// <summary>The address of a function, or 0 where this libtorch has none.</summary>
    /// <param name="library">Such as <c>torch_cpu</c>.</param>
    /// <param name="names">Its name for each compiler that libtorch is built with; one for functions of its C interface.</param>
    public static nint Find(string library, params ReadOnlySpan<string> names)
    {
        torch.InitializeDeviceType(DeviceType.CPU); // loads libtorch
        if (!NativeLibrary.TryLoad(library, typeof(torch).Assembly, null, out var handle))
        {
            return 0;
        }

        foreach (var name in names)
        {
            if (NativeLibrary.TryGetExport(handle, name, out var address))
            {
                return address;
            }
        }

        return 0;
    }
}
