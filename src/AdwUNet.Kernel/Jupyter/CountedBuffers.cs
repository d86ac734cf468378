using NetMQ;

namespace AdwUNet.Kernel.Jupyter;

/// <summary>
/// Counts the memory of messages that the sockets have not sent yet. Outputs for a slow front end accumulate there, and
/// a cell that prints must wait before they fill the memory.
/// </summary>
internal sealed class CountedBuffers : IBufferPool
{
    private static readonly CountedBuffers Pool = new();

    private long _bytes;

    /// <summary>The current amount, in bytes.</summary>
    public static long Bytes => Interlocked.Read(ref Pool._bytes);

    /// <summary>Makes all sockets of the process use it. Called before the first one is made.</summary>
    public static void Use() => BufferPool.SetCustomBufferPool(Pool);

    public byte[] Take(int size)
    {
        Interlocked.Add(ref _bytes, size);
        return new byte[size];
    }

    public void Return(byte[] buffer) => Interlocked.Add(ref _bytes, -buffer.Length);

    public void Dispose()
    {
    }
}
