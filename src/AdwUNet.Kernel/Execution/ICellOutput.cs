namespace AdwUNet.Kernel.Execution;

/// <summary>The two text streams of a cell, by their names in notebook files.</summary>
internal enum StreamName
{
    /// <summary>What <c>Console.Out</c> gets.</summary>
    Stdout,

    /// <summary>What <c>Console.Error</c> gets.</summary>
    Stderr,
}

/// <summary>
/// Where the outputs of a running cell go: a notebook file, or a front end. Called from any thread that the cell
/// started, but never by two at a time.
/// </summary>
internal interface ICellOutput
{
    /// <summary>Whether printed text is handed over at once, unless there is very much of it, rather than gathered for a moment.</summary>
    bool IsImmediate => false;

    /// <summary>Waits while the receiver has much to take in. Called before an output, where the waiting may be ended.</summary>
    /// <exception cref="OperationCanceledException">The waiting was cancelled.</exception>
    void AwaitRoom(CancellationToken cancellationToken)
    {
    }

    /// <summary>Text that the cell printed.</summary>
    void Stream(StreamName stream, string text);

    /// <summary>A value that the cell shows; later updates name it by the same id.</summary>
    void Display(MimeBundle data, string displayId);

    /// <summary>A new state of what was shown before under this id.</summary>
    void Update(MimeBundle data, string displayId);

    /// <summary>All that the cell has put out so far is to go: at once, or when the next output comes.</summary>
    void Clear(bool wait);

    /// <summary>The value of the cell's last expression.</summary>
    void Result(MimeBundle data, int executionCount);

    /// <summary>What made the cell fail.</summary>
    void Error(CellError error);
}
