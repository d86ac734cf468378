namespace AdwUNet.Kernel;

/// <summary>An error whose message is one full sentence for the person who runs a notebook: no stack trace is shown for it.</summary>
internal sealed class NotebookException(string message, Exception? innerException = null)
    : Exception(message, innerException);
