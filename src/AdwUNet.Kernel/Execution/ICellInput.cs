namespace AdwUNet.Kernel.Execution;

/// <summary>The person at the notebook, who can be asked for a line of text.</summary>
internal interface ICellInput
{
    /// <summary>Asks and waits for the answer.</summary>
    /// <param name="prompt">What is asked; empty where the cell has printed it.</param>
    /// <param name="isPassword">Whether the answer is not to be seen.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="NotebookException">No input is possible.</exception>
    string ReadLine(string prompt, bool isPassword, CancellationToken cancellationToken);
}
