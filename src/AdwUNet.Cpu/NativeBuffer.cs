using System.Runtime.InteropServices;

namespace AdwUNet.Cpu;

/// <summary>Unmanaged memory, aligned for vectors. Two vectors behind its end can also be read and written.</summary>
internal sealed unsafe class NativeBuffer : SafeHandle
{
    private const int Alignment = 64;
    private const int Slack = 2 * Alignment; // vectorized loops may read and write past the end

    /// <summary>Allocates the buffer.</summary>
    /// <param name="length">Length in bytes.</param>
    public NativeBuffer(long length)
        : base(0, ownsHandle: true)
    {
        Length = length;
        SetHandle((nint)NativeMemory.AlignedAlloc((nuint)(length + Slack), Alignment));
        NativeMemory.Clear((byte*)handle + length, Slack);
        GC.AddMemoryPressure(Length + Slack);
    }

    /// <summary>Length in bytes.</summary>
    public long Length { get; }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Address of the first byte.</summary>
    public byte* Data => (byte*)handle;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        GC.RemoveMemoryPressure(Length + Slack);
        return true;
    }
}
