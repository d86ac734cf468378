using System.Runtime.InteropServices;

namespace AdwUNet.Cpu;

/// <summary>Memory outside the collected heap, aligned for vectors, with room for two vectors more than asked for.</summary>
internal sealed unsafe class NativeBuffer : SafeHandle
{
    private const int Alignment = 64;
    private const int Slack = 2 * Alignment; // loops over whole vectors may read past the end

    /// <summary>Allocates it.</summary>
    /// <param name="length">Bytes.</param>
    public NativeBuffer(long length)
        : base(0, ownsHandle: true)
    {
        Length = length;
        SetHandle((nint)NativeMemory.AlignedAlloc((nuint)(length + Slack), Alignment));
        NativeMemory.Clear((byte*)handle + length, Slack);
        GC.AddMemoryPressure(Length + Slack);
    }

    /// <summary>Bytes.</summary>
    public long Length { get; }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Its first byte.</summary>
    public byte* Data => (byte*)handle;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        GC.RemoveMemoryPressure(Length + Slack);
        return true;
    }
}
