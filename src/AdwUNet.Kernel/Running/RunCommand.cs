using System.CommandLine;

namespace AdwUNet.Kernel.Running;

/// <summary>The command <c>adw run</c>.</summary>
internal static class RunCommand
{
    public const int Failure = 1;

    /// <summary>Stopped normally: the running cell has finished its step and saved its state.</summary>
    public const int Interrupted = 130;

    /// <summary>
    /// The grace period of a cell that is asked to stop, to finish a step and save its state. It is long because a step of a large network takes
    /// minutes on a small machine; a second request ends the cell at once.
    /// </summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);

    private const string Silent = "--silent";

    /// <summary>
    /// The configuration of the command line: after a request to stop, the action has the grace period to end. With <c>--silent</c>, signals are the
    /// notebook's own affair.
    /// </summary>
    public static InvocationConfiguration Invocation(string[] arguments) =>
        new() { ProcessTerminationTimeout = arguments.Contains(Silent) ? null : Grace + TimeSpan.FromSeconds(5) };

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
            Description = "The folder of the executed notebooks. Default: the folder 'out' beside each notebook.",
            HelpName = "folder",
        };
        var html = new Option<bool>("--html") { Description = "Also writes an HTML page for each notebook. The pages need no network." };
        var silent = new Option<bool>(Silent)
        {
            Description = "Keeps no outputs and shows only errors. Cells run in the command's own process: Environment.Exit and signals end it.",
        };
        var command = new Command("run", "Runs notebooks from beginning to end and keeps their outputs.") { notebooks, parameters, output, html, silent };
        command.SetAction(async (result, cancellationToken) =>
        {
            RunVariables.SetCommand();
            var isSilent = result.GetValue(silent);
            var progress = isSilent
                ? ProgressReport.Silent(Console.Error)
                : new ProgressReport(new SturdyWriter(Console.Out, Console.Error), Console.IsOutputRedirected);
            try
            {
                // The process starts while the notebooks are read.
                using ICellRunner cells = isSilent ? new SessionCells(Grace) : new CellProcess(Grace);
                using var second = cells is CellProcess process ? new SecondInterrupt(process.Kill) : null;
                var run = NotebookRun.Prepare(
                    result.GetRequiredValue(notebooks),
                    ParseParameters(result.GetValue(parameters) ?? []),
                    result.GetValue(output),
                    result.GetValue(html),
                    isSilent);
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
