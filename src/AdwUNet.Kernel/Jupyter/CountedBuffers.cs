using NetMQ;

namespace AdwUNet.Kernel.Jupyter;

/// <summary>
/// The memory of messages that the sockets have not yet got rid of, counted: outputs that a front end is slow to read pile up there, and
/// a cell that prints must wait before they fill the machine.
/// </summary>
internal sealed class CountedBuffers : IBufferPool
{
    private static readonly CountedBuffers Pool = new();

    private long _bytes;

    /// <summary>How much there is now.</summary>
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
