using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace AdwUNet;

/// <summary>The native functions that TorchSharp and this library declare (P/Invoke), and which of them the loaded libtorch lacks.</summary>
public static class NativeEntryPoints
{
    private const string Library = "LibTorchSharp";

    // TorchSharp 0.107.0 declares these and its own library has none of them.
    private static readonly string[] NeverThere =
        ["THSJIT_getDimensionedTensorDevice", "THSJIT_getDimensionedTensorTypeDimensions", "THSLinalg_dot", "THSTensor_eig", "THSTorch_lstsq"];

    /// <summary>Looks all of them up, which takes a fraction of a second, so that a missing one is found at the start of a run and not in its middle.</summary>
    /// <returns>How many there are, and the names of the missing ones.</returns>
    /// <exception cref="AdwUNetException">libtorch does not load.</exception>
    public static (int Count, IReadOnlyList<string> Missing) Resolve()
    {
        var handle = TorchLibrary.Handle;
        var names = AppDomain.CurrentDomain.GetAssemblies()
            .Where(assembly => assembly == typeof(torch).Assembly || assembly.GetName().Name?.StartsWith(nameof(AdwUNet), StringComparison.Ordinal) == true)
            .SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(method => method.Attributes.HasFlag(MethodAttributes.PinvokeImpl))
            .Select(method => method.GetCustomAttribute<DllImportAttribute>()!)
            .Where(import => import.Value == Library)
            .Select(import => import.EntryPoint!)
            .Except(NeverThere)
            .Distinct(StringComparer.Ordinal)
            .ToArray();
        return (names.Length, [.. names.Where(name => !NativeLibrary.TryGetExport(handle, name, out _)).Order(StringComparer.Ordinal)]);
    }
}
