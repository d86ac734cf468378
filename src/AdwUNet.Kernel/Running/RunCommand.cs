using System.CommandLine;

namespace AdwUNet.Kernel.Running;

/// <summary>The command <c>adw run</c>.</summary>
internal static class RunCommand
{
    public const int Failure = 1;

    /// <summary>Stopped in order: the running cell has finished its step and written what it must.</summary>
    public const int Interrupted = 130;

    /// <summary>
    /// How long a cell that is asked to stop may take to do so, to finish a step and write what it must: long, for a step of a large network takes
    /// minutes on a small machine, and whoever is in a hurry asks a second time.
    /// </summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);

    /// <summary>How the command line runs its action: it leaves the action the time to end well.</summary>
    public static InvocationConfiguration Invocation => new() { ProcessTerminationTimeout = Grace + TimeSpan.FromSeconds(5) };

    public static Command Create()
    {
        var notebooks = new Argument<string[]>("notebooks")
        {
            Description = "Notebooks (.ipynb, .dib), or folders whose notebooks are run in the order of their names.",
            Arity = ArgumentArity.OneOrMore,
        };
        var parameters = new Option<string[]>("--parameter", "-p")
        {
            Description = "Sets a variable of the cell tagged 'parameters'.",
            HelpName = "name=value",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var output = new Option<string?>("--out")
        {
            Description = "Where the executed notebooks go; else the folder 'out' beside each notebook.",
            HelpName = "folder",
        };
        var html = new Option<bool>("--html") { Description = "Writes a page for each notebook, too, which needs no network." };
        var command = new Command("run", "Runs notebooks from beginning to end and keeps their outputs.") { notebooks, parameters, output, html };
        command.SetAction(async (result, cancellationToken) =>
        {
            var progress = new ProgressReport(new SturdyWriter(Console.Out, Console.Error), Console.IsOutputRedirected);
            // It starts while the notebooks are read.
            using var cells = new CellProcess(Grace);
            using var second = new SecondInterrupt(cells.Kill);
            try
            {
                var run = NotebookRun.Prepare(
                    result.GetRequiredValue(notebooks),
                    ParseParameters(result.GetValue(parameters) ?? []),
                    result.GetValue(output),
                    result.GetValue(html));
                return await run.ExecuteAsync(cells, progress, Grace, cancellationToken).ConfigureAwait(false);
            }
            catch (NotebookException exception)
            {
                await Console.Error.WriteLineAsync(exception.Message).ConfigureAwait(false);
                return Failure;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                await Console.Error.WriteLineAsync($"The outputs cannot be written: {exception.Message}").ConfigureAwait(false);
                return Failure;
            }
        });
        return command;
    }

    private static Dictionary<string, string> ParseParameters(IEnumerable<string> texts)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw new NotebookException($"'-p {text}' sets nothing: write -p name=value.");
            if (!values.TryAdd(text[..equals], text[(equals + 1)..]))
                throw new NotebookException($"The parameter '{text[..equals]}' is set twice.");
        }

        return values;
    }
}
