namespace AdwUNet.Kernel.Execution;

/// <summary>The two text streams of a cell, by their names in notebook files.</summary>
internal enum StreamName
{
    /// <summary>Text written to <c>Console.Out</c>.</summary>
    Stdout,

    /// <summary>Text written to <c>Console.Error</c>.</summary>
    Stderr,
}

/// <summary>
/// The receiver of a running cell's outputs: a notebook file or a front end. Any thread that the cell started may call it, but never two at
/// the same time.
/// </summary>
internal interface ICellOutput
{
    /// <summary>Whether printed text is passed on without buffering, unless there are very many pieces.</summary>
    bool IsImmediate => false;

    /// <summary>Waits while the receiver is overloaded. Called before an output, where the wait can be cancelled.</summary>
    /// <exception cref="OperationCanceledException">The waiting was cancelled.</exception>
    void AwaitRoom(CancellationToken cancellationToken)
    {
    }

    /// <summary>Text that the cell printed.</summary>
    void Stream(StreamName stream, string text);

    /// <summary>A value that the cell displays. Later updates have the same id.</summary>
    void Display(MimeBundle data, string displayId);

    /// <summary>Replaces the display with this id.</summary>
    void Update(MimeBundle data, string displayId);

    /// <summary>Removes the outputs of the cell so far: at once, or when the next output arrives.</summary>
    void Clear(bool wait);

    /// <summary>The value of the cell's last expression.</summary>
    void Result(MimeBundle data, int executionCount);

    /// <summary>The error that made the cell fail.</summary>
    void Error(CellError error);
}
