using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AdwUNet.Native;

/// <summary>
/// Counts what this thread, and the threads of autograd that work for it, allocate from libtorch's allocator and free again: exact bytes of tensors and of
/// the scratch memory of its convolutions, on a CPU and on a card. One at a time.
/// </summary>
/// <remarks>
/// libtorch reports to a <c>MemoryReportingInfoBase</c> of its profiler. This is one, made by hand: a table of functions, and an object that points to it.
/// </remarks>
internal sealed unsafe class AllocationMeter : IDisposable
{
    private const int ProfilerState = 2; // DebugInfoKind::PROFILER_STATE

    private static readonly Lock Gate = new();
    private static readonly Dictionary<nint, long> Live = [];
    private static readonly nint* Reporter = MakeReporter();
    private static long s_now;

    /// <summary>Begins.</summary>
    public AllocationMeter()
    {
        lock (Gate)
        {
            Live.Clear();
            (s_now, Peak) = (0, 0);
        }

        var shared = stackalloc nint[2] { (nint)Reporter, 0 }; // a shared_ptr that owns nothing
        var push = LibtorchHook.Find("c10", "_ZN3c1020ThreadLocalDebugInfo5_pushENS_13DebugInfoKindESt10shared_ptrINS_13DebugInfoBaseEE");
        ((delegate* unmanaged[Cdecl]<byte, nint*, void>)push)(ProfilerState, shared);
    }

    /// <summary>The largest number of bytes so far that were allocated since the beginning and not yet freed.</summary>
    public static long Peak { get; private set; }

    /// <summary>The blocks at the peak, largest first.</summary>
    public static IReadOnlyList<long> AtPeak { get; private set; } = [];

    /// <summary>Whether <see cref="AtPeak"/> is recorded, which takes time.</summary>
    public static bool RecordsBlocks { get; set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        var shared = stackalloc nint[2];
        var pop = LibtorchHook.Find("c10", "_ZN3c1020ThreadLocalDebugInfo4_popENS_13DebugInfoKindE");
        ((delegate* unmanaged[Cdecl]<nint*, byte, nint*>)pop)(shared, ProfilerState);
    }

    private static nint* MakeReporter()
    {
        var table = (nint*)NativeMemory.AllocZeroed(5, (nuint)sizeof(nint));
        table[0] = table[1] = (nint)(delegate* unmanaged[Cdecl]<nint, void>)&Nothing; // the two destructors
        table[2] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, long, nuint, nuint, ushort, void>)&Report;
        table[3] = (nint)(delegate* unmanaged[Cdecl]<nint, void>)&Nothing; // out of memory
        table[4] = (nint)(delegate* unmanaged[Cdecl]<nint, byte>)&IsEnabled;
        var reporter = (nint*)NativeMemory.AllocZeroed(1, (nuint)sizeof(nint));
        *reporter = (nint)table;
        return reporter;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Nothing(nint self)
    {
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte IsEnabled(nint self) => 1;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Report(nint self, nint block, long bytes, nuint allocated, nuint reserved, ushort device)
    {
        lock (Gate)
        {
            if (bytes >= 0)
            {
                Live[block] = bytes;
                s_now += bytes;
            }
            else if (Live.Remove(block, out var size))
            {
                s_now -= size;
            }

            if (s_now > Peak)
            {
                Peak = s_now;
                AtPeak = RecordsBlocks ? [.. Live.Values.OrderDescending()] : [];
            }
        }
    }
}
