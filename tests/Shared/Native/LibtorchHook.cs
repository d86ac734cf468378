using System.Runtime.InteropServices;
using TorchSharp;

namespace AdwUNet.Native;

/// <summary>Functions of libtorch for its profiler, by the names that gcc and clang give them: Linux only.</summary>
internal static class LibtorchHook
{
    /// <summary>Why there are no hooks here; null where there are.</summary>
    public static string? Missing => OperatingSystem.IsLinux() ? null : "The hooks of libtorch's profiler have other names here.";

    /// <summary>The address of a function.</summary>
    public static nint Find(string library, string name)
    {
        torch.InitializeDeviceType(DeviceType.CPU); // loads libtorch
        return NativeLibrary.GetExport(NativeLibrary.Load(library, typeof(torch).Assembly, null), name);
    }
}
