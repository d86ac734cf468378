namespace AdwUNet.Imaging;

/// <summary>An image file could not be read or written; the message names the file and the fault.</summary>
public sealed class ImageException : AdwUNetException
{
    /// <summary>Creates the error.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fault">What is wrong with it, as the rest of a sentence without the full stop.</param>
    /// <param name="innerException">What caused it, if anything did.</param>
    public ImageException(string path, string fault, Exception? innerException = null)
        : base($"{path}: {fault}.", innerException)
    {
        Path = path;
        Fault = fault;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What is wrong with it, without the file's name.</summary>
    public string Fault { get; }
}
