using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Storage;

/// <summary>
/// Tensors by name in the safetensors format: a length, a JSON header, the raw numbers. Loading one can run no code, and nothing is
/// allocated that the file does not hold.
/// </summary>
public static class Safetensors
{
    /// <summary>Writes tensors; the file is replaced as a whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">By name; any device, any shape.</param>
    /// <param name="metadata">Texts to store along.</param>
    /// <exception cref="SafetensorsException">A tensor has a type or a name that the format lacks.</exception>
    /// <exception cref="StorageException">The file cannot be written; the one that was there is unharmed.</exception>
    public static void Save(string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null) => Save(
        path,
        tensors.Select(pair => new SafetensorsContent(pair.Key, pair.Value.dtype, pair.Value.shape, stream =>
        {
            using var values = pair.Value.detach().cpu().contiguous();
            stream.Write(values.bytes);
        })),
        metadata);

    /// <summary>The same for numbers that lie anywhere.</summary>
    internal static void Save(string path, IEnumerable<SafetensorsContent> contents, IReadOnlyDictionary<string, string>? metadata = null)
    {
        // Wide numbers first, as the format's own writer does, so that every number lies at a multiple of its size.
        var ordered = contents.OrderByDescending(content => content.Type.ElementSize()).ToArray();
        var header = SafetensorsHeader.Of(path, ordered, metadata ?? new Dictionary<string, string>());
        AtomicFile.Write(
            path,
            stream =>
            {
                header.Write(stream);
                foreach (var content in ordered)
                {
                    content.Write(stream);
                }
            },
            header.Entries.Sum(entry => entry.Length));
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The tensors on the CPU, which the caller disposes, and the texts stored along.</returns>
    /// <exception cref="SafetensorsException">The file is missing, damaged or of another format.</exception>
    public static (Dictionary<string, Tensor> Tensors, IReadOnlyDictionary<string, string> Metadata) Load(string path)
    {
        if (!File.Exists(path))
        {
            throw new SafetensorsException($"There is no file {path}.");
        }

        using var stream = Open(path);
        var header = SafetensorsHeader.Read(path, stream);
        var tensors = new Dictionary<string, Tensor>();
        try
        {
            foreach (var entry in header.Entries)
            {
                var tensor = empty(entry.Shape, entry.Type);
                tensors.Add(entry.Name, tensor);
                stream.ReadExactly(tensor.bytes);
            }
        }
        catch (Exception error)
        {
            foreach (var tensor in tensors.Values)
            {
                tensor.Dispose();
            }

            if (error is IOException)
            {
                throw new SafetensorsException($"{path} cannot be read ({error.Message.TrimEnd('.')}).", error);
            }

            throw;
        }

        return (tensors, header.Metadata);
    }

    /// <exception cref="SafetensorsException">It cannot be read.</exception>
    internal static FileStream Open(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SafetensorsException($"{path} cannot be read ({error.Message.TrimEnd('.')}).", error);
        }
    }
}

/// <summary>A safetensors file that is missing, damaged or does not fit the network.</summary>
public sealed class SafetensorsException(string message, Exception? innerException = null) : AdwUNetException(message, innerException);
