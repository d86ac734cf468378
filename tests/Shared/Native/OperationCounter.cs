using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AdwUNet.Native;

/// <summary>
/// Counts the operations that libtorch's dispatcher gets from any thread, by name, also those that other operations call. One at a time.
/// </summary>
internal sealed unsafe class OperationCounter : IDisposable
{
    private const string Operation = "aten::";

    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, int> ByName = [];
    private static readonly delegate* unmanaged[Cdecl]<nint, nint> NameOf = (delegate* unmanaged[Cdecl]<nint, nint>)LibtorchHook.Find("torch_cpu", "_ZNK2at14RecordFunction4nameEv");

    // They make a tensor's description only.
    private static readonly HashSet<string> Free =
    [
        "view", "reshape", "alias", "detach", "narrow", "slice", "select", "unsqueeze", "squeeze", "expand", "expand_as", "as_strided", "unbind", "permute", "transpose", "t",
        "result_type", "is_nonzero", "empty", "empty_like", "empty_strided", "resize_", "lift_fresh", "to", "contiguous", "set_data", "_unsafe_view", "split", "chunk", "unflatten", "flatten",
        "_reshape_alias", "view_as", "size", "data", "requires_grad_", "retain_grad", "output_nr", "_version",
    ];

    private readonly ulong _handle;

    /// <summary>Begins.</summary>
    public OperationCounter()
    {
        lock (Gate)
        {
            ByName.Clear();
        }

        var add = (delegate* unmanaged[Cdecl]<Callback, ulong>)LibtorchHook.Find("torch_cpu", "_ZN2at17addGlobalCallbackENS_22RecordFunctionCallbackE");
        var callback = new Callback { Start = &Start, Probability = 1 };
        callback.Scopes[0] = 1; // RecordScope::FUNCTION: operations
        _handle = add(callback);
    }

    /// <summary>How often each operation was called so far.</summary>
    public static IReadOnlyDictionary<string, int> Counts
    {
        get
        {
            lock (Gate)
            {
                return new Dictionary<string, int>(ByName);
            }
        }
    }

    /// <summary>How often operations were called so far, without those that compute nothing: views, shapes, new memory.</summary>
    public static int All => Counts.Where(count => !Free.Contains(count.Key)).Sum(count => count.Value);

    /// <summary>How often the operations of these names were called so far.</summary>
    public static int Of(params string[] names) => names.Sum(name => Counts.GetValueOrDefault(name));

    /// <inheritdoc/>
    public void Dispose() => ((delegate* unmanaged[Cdecl]<ulong, void>)LibtorchHook.Find("torch_cpu", "_ZN2at14removeCallbackEm"))(_handle);

    // std::unique_ptr<ObserverContext> start(const RecordFunction&): the result is returned through a pointer, and empty.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint* Start(nint* context, nint function)
    {
        *context = 0;
        var name = Marshal.PtrToStringUTF8(NameOf(function))!;
        if (name.StartsWith(Operation, StringComparison.Ordinal)) // autograd reports its nodes as well
        {
            lock (Gate)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(ByName, name[Operation.Length..], out _)++;
            }
        }

        return context;
    }

    // at::RecordFunctionCallback
    [StructLayout(LayoutKind.Sequential)]
    private struct Callback
    {
        public delegate* unmanaged[Cdecl]<nint*, nint, nint*> Start;
        public nint End;
        public double Probability;
        public fixed byte Scopes[10];
        public byte NeedsInputs;
        public byte NeedsOutputs;
        public byte NeedsIds;
    }
}
