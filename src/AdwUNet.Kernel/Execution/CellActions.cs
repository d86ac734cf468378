using AdwUNet.Kernel.Notebooks;

namespace AdwUNet.Kernel.Execution;

/// <summary>Executes the lines of cells that act in their place, such as <c>#!import</c>.</summary>
/// <param name="folder">The folder where relative paths begin.</param>
/// <param name="chain">The cells so far.</param>
/// <param name="values">The values that cells share.</param>
/// <param name="thread">The thread of the cells.</param>
/// <param name="execute">Executes a text in the running cell; arguments: text, language, name in tracebacks, cell.</param>
internal sealed class CellActions(
    string folder, SubmissionChain chain, SharedValues values, CellThread thread, Func<string, CellLanguage, string, RunningCell, Task> execute)
{
    private readonly HashSet<string> _importing = new(StringComparer.Ordinal);

    /// <summary>Executes a line.</summary>
    /// <exception cref="NotebookException">The line names a file or a value that cannot be used.</exception>
    public async Task ActAsync(DirectiveLine line, RunningCell cell)
    {
        switch (line.Name)
        {
            case "#!import":
                await ImportAsync(line.Argument.Trim('"'), cell).ConfigureAwait(false);
                break;
            case "#!lsmagic":
                cell.Show(Directive.Listing);
                break;
            case "#!about":
                cell.Show(About.Of(folder));
                break;
            case "#!share" or "#!set":
                // Copying a value may run code of the cells, such as property getters.
                var declaration = await InCellAsync(() => line.Name == "#!set" ? values.Set(line) : values.Share(line)).ConfigureAwait(false);
                var submission = chain.Compile(SubmissionChain.Parse(declaration, line.Name), cell.Stop.Asked);
                await CellContext.RunAsync(thread, cell.Stop, () => chain.RunAsync(submission)).ConfigureAwait(false);
                break;
            default:
                // Formatting runs code of the values' types.
                cell.Show(await InCellAsync(() => VariableTable.Of(chain.Variables, line.Name == "#!whos")).ConfigureAwait(false));
                break;
        }

        Task<T> InCellAsync<T>(Func<T> code) => CellContext.RunAsync(thread, cell.Stop, () => Task.FromResult(code()));
    }

    /// <summary>Executes a file in the running cell. Of a notebook, the code is executed and the Markdown is shown.</summary>
    /// <exception cref="NotebookException">The file does not exist, imports itself, or is of an unknown kind.</exception>
    public async Task ImportAsync(string path, RunningCell cell)
    {
        var file = Path.GetFullPath(Path.Combine(folder, path));
        if (!File.Exists(file))
            throw new NotebookException($"The file '{path}' of the #!import line does not exist (looked for {file}).");
        if (!_importing.Add(file))
            throw new NotebookException($"The file '{path}' imports itself, directly or through others.");
        try
        {
            var name = Path.GetFileName(file);
            switch (Path.GetExtension(file).ToLowerInvariant())
            {
                case var ending when CellLanguages.OfFile(ending) is { } language:
                    await execute(await File.ReadAllTextAsync(file, cell.Stop.Asked).ConfigureAwait(false), language, name, cell).ConfigureAwait(false);
                    break;
                case ".ipynb" or ".dib":
                    await ImportCellsAsync(Notebook.Load(file), name, cell).ConfigureAwait(false);
                    break;
                default:
                    throw new NotebookException($"'{path}' cannot be imported: #!import takes .ipynb, .dib, .cs, .csx, .html, .js and .md files.");
            }
        }
        finally
        {
            _importing.Remove(file);
        }
    }

    private async Task ImportCellsAsync(Notebook notebook, string name, RunningCell cell)
    {
        var number = 0;
        foreach (var imported in notebook.Cells)
        {
            if (imported.IsCode)
                await execute(imported.Source, imported.Language, $"{name}, cell {++number}", cell).ConfigureAwait(false);
            else if (imported.Kind == "markdown" && !string.IsNullOrWhiteSpace(imported.Source))
                cell.Show(MimeBundle.OfText(imported.Source, [MimeBundle.Markdown]));
        }
    }
}
