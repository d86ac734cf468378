using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.torch;

namespace AdwUNet.Mixed;

/// <summary>
/// Calls operations of libtorch that TorchSharp does not offer, by name through libtorch's C interface for extensions (<c>torch_call_dispatcher</c>, since 2.10).
/// Linux only: a given optional argument is memory that libtorch frees by its own runtime.
/// </summary>
internal static unsafe class Dispatcher
{
    private const ulong Version = (2UL << 56) | (10UL << 48); // of the interface

    private static readonly Lazy<nint> CallFunction = Find("torch_call_dispatcher");
    private static readonly Lazy<nint> NewTensor = Find("aoti_torch_new_tensor_handle");
    private static readonly Lazy<nint> NewList = Find("torch_new_list_reserve_size");
    private static readonly Lazy<nint> Push = Find("torch_list_push_back");

    /// <summary>Whether this libtorch has the interface.</summary>
    public static bool IsThere { get; } = OperatingSystem.IsLinux() && CallFunction.Value != 0 && NewTensor.Value != 0 && NewList.Value != 0 && Push.Value != 0;

    /// <summary>Calls an operation.</summary>
    /// <param name="name">Such as <c>aten::_fused_sgd_</c>.</param>
    /// <param name="overload">Its overload; empty for the first.</param>
    /// <param name="arguments">All arguments in the order of the schema, each made by a function below.</param>
    /// <returns>The first result.</returns>
    /// <exception cref="InvalidOperationException">libtorch refuses the arguments; it has written the reason to standard error.</exception>
    public static ulong Call(string name, string overload, params ReadOnlySpan<ulong> arguments)
    {
        var call = (delegate* unmanaged[Cdecl]<byte*, byte*, ulong*, ulong, int>)CallFunction.Value;
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'), second = Encoding.UTF8.GetBytes(overload + '\0'))
        fixed (ulong* stack = arguments.ToArray())
        {
            return call(text, second, stack, Version) == 0
                ? *stack
                : throw new InvalidOperationException($"libtorch could not compute {name}; its reason is on standard error.");
        }
    }

    /// <summary>A tensor.</summary>
    public static ulong Of(Tensor tensor)
    {
        nint handle;
        Check(((delegate* unmanaged[Cdecl]<nint, nint*, int>)NewTensor.Value)(tensor.Handle, &handle));
        GC.KeepAlive(tensor);
        return (ulong)handle;
    }

    /// <summary>A list of tensors.</summary>
    public static ulong Of(IReadOnlyCollection<Tensor> tensors)
    {
        nint list;
        Check(((delegate* unmanaged[Cdecl]<nint, nint*, int>)NewList.Value)(tensors.Count, &list));
        var push = (delegate* unmanaged[Cdecl]<nint, ulong, int>)Push.Value;
        foreach (var tensor in tensors)
        {
            Check(push(list, Of(tensor)));
        }

        return (ulong)list;
    }

    /// <summary>A number.</summary>
    public static ulong Of(double value) => BitConverter.DoubleToUInt64Bits(value);

    /// <summary>A truth value.</summary>
    public static ulong Of(bool value) => value ? 1UL : 0;

    /// <summary>A tensor for an optional argument; null for none.</summary>
    public static ulong Optional(Tensor? tensor)
    {
        if (tensor is null)
        {
            return 0;
        }

        var value = (ulong*)NativeMemory.Alloc(sizeof(ulong));
        *value = Of(tensor);
        return (ulong)value;
    }

    /// <summary>The tensor that a call returned. The caller disposes it.</summary>
    public static Tensor ToTensor(ulong result) => Tensor.UnsafeCreateTensor((nint)result);

    private static void Check(int error)
    {
        if (error != 0)
        {
            throw new InvalidOperationException("libtorch could not take the arguments of an operation; its reason is on standard error.");
        }
    }

    private static Lazy<nint> Find(string name) => new(() => LibtorchExports.Find("torch_cpu", name));
}
