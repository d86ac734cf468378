using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Mixed;

/// <summary>
/// libtorch's autocast in this thread, by functions that libtorch exports and TorchSharp does not offer: convolutions compute in the low type,
/// weights are cast, and what needs float32 gets it.
/// </summary>
internal sealed unsafe class Autocast : IDisposable
{
    // Names as gcc and clang mangle them, and as MSVC does.
    private static readonly Lazy<nint> Enable = Find(
        "_ZN2at8autocast20set_autocast_enabledEN3c1010DeviceTypeEb", "?set_autocast_enabled@autocast@at@@YAXW4DeviceType@c10@@_N@Z");

    private static readonly Lazy<nint> SetType = Find(
        "_ZN2at8autocast18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE", "?set_autocast_dtype@autocast@at@@YAXW4DeviceType@c10@@W4ScalarType@4@@Z");

    private static readonly Lazy<nint> ClearCache = Find("_ZN2at8autocast11clear_cacheEv", "?clear_cache@autocast@at@@YAXXZ");

    private readonly DeviceType _device;
    private readonly bool _isOn;

    /// <summary>Begins. Nothing changes where both types of the formats are the same.</summary>
    public Autocast(DeviceType device, Formats formats)
    {
        (_device, _isOn) = (device, formats.Low != formats.Wide);
        if (_isOn)
        {
            ((delegate* unmanaged[Cdecl]<sbyte, sbyte, void>)SetType.Value)((sbyte)_device, (sbyte)formats.Low);
            Switch(true);
        }
    }

    /// <summary>Whether this libtorch exports autocast.</summary>
    public static bool IsThere => Enable.Value != 0 && SetType.Value != 0 && ClearCache.Value != 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isOn)
        {
            Switch(false);
            ((delegate* unmanaged[Cdecl]<void>)ClearCache.Value)(); // casts of weights, which the next step changes
        }
    }

    private void Switch(bool on) => ((delegate* unmanaged[Cdecl]<sbyte, byte, void>)Enable.Value)((sbyte)_device, on ? (byte)1 : (byte)0);

    private static Lazy<nint> Find(params string[] names) => new(() => LibtorchExports.Find("torch_cpu", names));
}
