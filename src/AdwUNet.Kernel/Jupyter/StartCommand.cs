using System.CommandLine;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using AdwUNet.Kernel.Execution;
using AdwUNet.Kernel.Processes;
using AdwUNet.Kernel.Running;

namespace AdwUNet.Kernel.Jupyter;

/// <summary>The command <c>adw kernel start</c>, which front ends give when they want a kernel.</summary>
internal static class StartCommand
{
    private const int Failure = 1;

    /// <summary>How long the values of variables may take to be disposed: front ends wait little longer for the kernel's end.</summary>
    private static readonly TimeSpan DisposeTime = TimeSpan.FromSeconds(2);

    public static Command Create()
    {
        var connection = new Option<string>("--connection-file", "-f")
        {
            Description = "The file with the kernel's addresses and key.",
            HelpName = "file",
            Required = true,
        };
        var folder = new Option<string?>("--kernel-folder")
        {
            Description = "The folder of the installed kernel.json. Scripts of charts are copied there.",
            HelpName = "folder",
        };
        var command = new Command("start", "Starts a kernel for a front end such as Jupyter.") { connection, folder };
        command.SetAction((result, _) =>
        {
            ServedScripts.KernelFolder = result.GetValue(folder);
            return RunAsync(result.GetRequiredValue(connection));
        });
        return command;
    }

    private static async Task<int> RunAsync(string connectionFile)
    {
        RunVariables.SetCommand();
        ConsoleCapture.Install();
        // An unhandled exception in a thread that a cell started is reported below that cell; it does not end the session.
        ExceptionHandling.SetUnhandledExceptionHandler(exception =>
        {
            Console.Error.WriteLine($"A thread of this cell failed: {exception}");
            return true;
        });
        try
        {
            var session = new Session(Environment.CurrentDirectory);
            using var children = ChildProcesses.Watch();
            using var server = new KernelServer(ConnectionFile.Load(connectionFile), session);
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
            {
                signal.Cancel = true;
                server.Interrupt();
            });
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
            {
                signal.Cancel = true;
                server.Stop();
            });
            using var watch = ParentWatch.Start(server.Stop);
            await server.RunAsync().ConfigureAwait(false);
            if (await session.EndAsync().ConfigureAwait(false))
                await session.DisposeAsync(DisposeTime).ConfigureAwait(false);
            return 0;
        }
        catch (NotebookException exception)
        {
            await ConsoleCapture.StandardError.WriteLineAsync(exception.Message).ConfigureAwait(false);
            return Failure;
        }
    }
}
