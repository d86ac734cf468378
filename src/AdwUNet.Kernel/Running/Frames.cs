using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AdwUNet.Kernel.Running;

/// <summary>
/// Messages between the command and the process of its cells: lists of texts, sent as UTF-16 so that half of a surrogate pair passes unchanged.
/// </summary>
internal static class Frames
{
    /// <summary>Opens an end of a pipe as a file, because .NET's pipe streams would load the sockets library.</summary>
    public static FileStream Open(nint handle, FileAccess access, bool isOwned) =>
        new(new SafeFileHandle(handle, isOwned), access, bufferSize: 0);

    /// <summary>Writes a message with one write, so that it is either sent whole before a crash or not at all.</summary>
    public static void Write(Stream stream, params ReadOnlySpan<string> texts)
    {
        using var buffer = new MemoryStream();
        Span<byte> number = stackalloc byte[sizeof(int)];
        WriteNumber(buffer, number, texts.Length);
        foreach (var text in texts)
        {
            WriteNumber(buffer, number, text.Length);
            buffer.Write(MemoryMarshal.AsBytes(text.AsSpan()));
        }

        stream.Write(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
        stream.Flush();
    }

    /// <summary>Reads the next message; null if the sender has ended, even in the middle of a message.</summary>
    public static string[]? Read(Stream stream)
    {
        try
        {
            var texts = new string[ReadNumber(stream)];
            for (var i = 0; i < texts.Length; i++)
            {
                texts[i] = string.Create(ReadNumber(stream), stream, static (characters, from) =>
                    from.ReadExactly(MemoryMarshal.AsBytes(characters)));
            }

            return texts;
        }
        catch (EndOfStreamException)
        {
            return null;
        }
    }

    private static void WriteNumber(MemoryStream buffer, Span<byte> bytes, int number)
    {
        MemoryMarshal.Write(bytes, number);
        buffer.Write(bytes);
    }

    private static int ReadNumber(Stream stream)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        stream.ReadExactly(bytes);
        return MemoryMarshal.Read<int>(bytes);
    }
}
