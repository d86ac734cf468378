using System.Buffers.Binary;
using AdwUNet.Runs;
using AdwUNet.Storage;
using AdwUNet.Training;
using static TorchSharp.torch;

namespace AdwUNet.Runs.Tests.Durability;

/// <summary>
/// A run that does nothing but write checkpoints and history, by the loops' own writer. It needs no libtorch, so that it is written to and killed
/// often; every number of a checkpoint is the count that its state says.
/// </summary>
internal static class CheckpointLoop
{
    private const int Numbers = 1 << 18;
    private const int MostEpochs = 50;

    public static void Run(string path, Action<string> say)
    {
        var folder = new RunFolder(path);
        using var hold = folder.Lock();
        if (!File.Exists(folder.ConfigPath))
        {
            AtomicFile.WriteText(folder.ConfigPath, "{}");
        }

        var first = folder.HasCheckpoint ? Verify(path) : 0;
        for (var count = first + 1; ; count++)
        {
            folder.WriteHistory(Enumerable.Range(Math.Max(0, count - MostEpochs), Math.Min(count, MostEpochs)).Select(epoch => new Line(epoch, 0.5)));
            folder.SaveCheckpoint([new("numbers", ScalarType.Int32, [Numbers], stream => stream.Write(Bytes(count)))], new State(count));
            if (count == first + 1)
            {
                // The first takes long, because its code is compiled; from here on a kill hits the writing.
                say(Child.Ready);
            }
        }
    }

    /// <summary>Reads everything in the folder; all of it must be whole.</summary>
    /// <returns>The checkpoint's count.</returns>
    public static int Verify(string path)
    {
        var folder = new RunFolder(path);
        using var stream = File.OpenRead(folder.CheckpointPath);
        var header = SafetensorsHeader.Read(folder.CheckpointPath, stream);
        var count = System.Text.Json.JsonSerializer.Deserialize<State>(header.Metadata["state"], JsonFile.Line)!.Count;
        var bytes = new byte[Numbers * sizeof(int)];
        stream.ReadExactly(bytes);
        if (!bytes.AsSpan().SequenceEqual(Bytes(count)) || folder.ReadHistory<Line>()[^1].Epoch + 1 < count)
        {
            throw new RunException($"The checkpoint {count} in {path} is not whole.");
        }

        return count;
    }

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[Numbers * sizeof(int)];
        for (var i = 0; i < bytes.Length; i += sizeof(int))
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i), count);
        }

        return bytes;
    }

    private sealed record State(int Count);

    private sealed record Line(int Epoch, double Seconds);
}
