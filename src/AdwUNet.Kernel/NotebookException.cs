namespace AdwUNet.Kernel;

/// <summary>An error whose message is one full sentence for the person who runs a notebook. It is shown without a stack trace.</summary>
internal sealed class NotebookException(string message, Exception? innerException = null)
    : Exception(message, innerException);
