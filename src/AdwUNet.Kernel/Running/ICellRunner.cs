using AdwUNet.Kernel.Execution;

namespace AdwUNet.Kernel.Running;

/// <summary>Executes the cells of notebooks, one notebook after the other: in this process or in a separate one.</summary>
internal interface ICellRunner : IDisposable
{
    /// <summary>Whether the process that executes the cells has ended, so that no further cell can be executed.</summary>
    bool HasEnded { get; }

    /// <summary>Starts an empty session for a notebook.</summary>
    /// <param name="notebook">The notebook's full path. Its folder becomes the current directory of its cells.</param>
    /// <param name="parameters">The values of its parameters, as <see cref="RunVariables.TextOf"/> writes them.</param>
    Task OpenAsync(string notebook, string parameters);

    /// <summary>Executes one cell. An error of the cell, or the end of the process, is an outcome and not an exception.</summary>
    /// <param name="code">The cell's text.</param>
    /// <param name="language">The language at the start of the text.</param>
    /// <param name="output">The receiver of its outputs.</param>
    /// <param name="cancellationToken">Asks the cell to stop.</param>
    Task<CellOutcome> ExecuteAsync(string code, CellLanguage language, ICellOutput output, CancellationToken cancellationToken);

    /// <summary>Ends the session of a notebook and disposes the values of its variables. No cell may be running.</summary>
    /// <returns>Null, or one sentence that names a value that was not disposed in time.</returns>
    Task<string?> CloseAsync();

    /// <summary>Writes the pages of a folder, with the scripts in the loaded libraries.</summary>
    /// <param name="folder">The folder of the executed notebooks.</param>
    /// <param name="sources">The notebooks that were run, by their executed files.</param>
    /// <returns>One sentence for each file that the pages lack.</returns>
    Task<IReadOnlyList<string>> PublishAsync(string folder, IReadOnlyDictionary<string, string> sources);
}
