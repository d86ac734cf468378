using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using AdwUNet.Kernel.Execution;
using AdwUNet.Kernel.Processes;

namespace AdwUNet.Kernel.Running;

/// <summary>The process that executes the cells of <c>adw run</c>. The command starts it and communicates with it over two pipes.</summary>
internal sealed partial class CellHost : IDisposable
{
    private const string CommandName = "execute-cells";

    // Constants of fcntl.h, the same on Linux and macOS.
    private const int SetDescriptorFlags = 2;
    private const int CloseOnExec = 1;

    private readonly Stream _orders;
    private readonly Stream _reports;
    private readonly SessionCells _cells;
    private readonly ChildProcesses _children = ChildProcesses.Watch();
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private bool _hasDone;

    private CellHost(Stream orders, Stream reports, TimeSpan grace)
    {
        _orders = orders;
        _reports = reports;
        _cells = new SessionCells(grace);
    }

    /// <summary>The arguments that start this process.</summary>
    /// <param name="orders">The handle of the pipe from which orders are read.</param>
    /// <param name="reports">The handle of the pipe to which outputs are written.</param>
    /// <param name="grace">The grace period of a cell that uses its token, after it is asked to stop.</param>
    public static string[] Arguments(string orders, string reports, TimeSpan grace) =>
        [CommandName, orders, reports, CellMessages.Text((int)grace.TotalMilliseconds)];

    /// <summary>Runs the process if the arguments are those of <see cref="Arguments"/>.</summary>
    /// <returns>Whether they were.</returns>
    public static bool TryRun(string[] arguments)
    {
        if (arguments is not [CommandName, var orders, var reports, var grace])
            return false;
        using var host = new CellHost(
            OpenPipe(orders, FileAccess.Read), OpenPipe(reports, FileAccess.Write), TimeSpan.FromMilliseconds(CellMessages.Number(grace)));
        host.Run();
        return true;
    }

    public void Dispose()
    {
        _children.Dispose();
        _stop.Dispose();
        _cells.Dispose();
        _orders.Dispose();
        _reports.Dispose();
    }

    private void Run()
    {
        ConsoleCapture.Install();
        // An unhandled exception in a thread that a cell started is reported below that cell; it does not end the other notebooks.
        ExceptionHandling.SetUnhandledExceptionHandler(exception =>
        {
            Console.Error.WriteLine($"A thread of this cell failed: {exception}");
            return true;
        });
        // A terminal sends Ctrl-C to the command and to this process. Both ask the cell to stop once; the command counts the second one.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, StopInOrder);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, StopInOrder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            if (!_hasDone)
                Send([CellMessages.Exiting]);
        };
        Obey();
        _hasDone = true;
    }

    private void StopInOrder(PosixSignalContext signal)
    {
        signal.Cancel = true;
        _ = _stop.CancelAsync();
    }

    private void Obey()
    {
        while (Frames.Read(_orders) is { } order)
        {
            switch (order)
            {
                case [CellMessages.End]:
                    return;
                case [CellMessages.Stop]:
                    // Callbacks of the cancellation must not block this thread, which reads the orders.
                    _ = _stop.CancelAsync();
                    break;
                case [CellMessages.Execute, var cell, var language, var code]:
                    // Not awaited, because an order to stop may follow.
                    _ = ExecuteAsync(CellMessages.Number(cell), Enum.Parse<CellLanguage>(language), code);
                    break;
                default:
                    Answer(order);
                    break;
            }
        }

        // The command was killed, so no further output can be saved.
        _children.Dispose();
        ProcessEnd.AtOnce(RunCommand.Failure);
    }

    private async Task ExecuteAsync(int cell, CellLanguage language, string code)
    {
        var outcome = await _cells.ExecuteAsync(code, language, new CellMessages.Sender(cell, Send), _stop.Token).ConfigureAwait(false);
        Send([CellMessages.Ended, CellMessages.Text(cell), outcome.Status.ToString(), CellMessages.Text(outcome.ExecutionCount)]);
    }

    private void Answer(string[] order)
    {
        try
        {
            switch (order)
            {
                case [CellMessages.Open, var notebook, var parameters]:
                    _cells.OpenAsync(notebook, parameters).GetAwaiter().GetResult();
                    Send([CellMessages.Done]);
                    break;
                case [CellMessages.Close]:
                    var warning = _cells.CloseAsync().GetAwaiter().GetResult();
                    // As in Jupyter, the processes that a notebook has started end with its session.
                    _children.End();
                    Send(warning is null ? [CellMessages.Done] : [CellMessages.Done, warning]);
                    break;
                case [CellMessages.Publish, var folder, .. var files]:
                    var sources = files.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
                    Send([CellMessages.Done, .. _cells.PublishAsync(folder, sources).GetAwaiter().GetResult()]);
                    break;
            }
        }
        catch (Exception exception) when (exception is NotebookException or IOException or UnauthorizedAccessException)
        {
            Send([CellMessages.Refused, exception.Message]);
        }
    }

    private void Send(string[] message)
    {
        try
        {
            lock (_lock)
                Frames.Write(_reports, message);
        }
        catch (IOException)
        {
            // The command was killed; the other pipe reports that too.
        }
    }

    /// <summary>Opens an end of a pipe of the command. Processes that a cell starts must not inherit it, because they would keep it open.</summary>
    private static FileStream OpenPipe(string handle, FileAccess access)
    {
        var number = CellMessages.Number(handle);
        if (!OperatingSystem.IsWindows())
            _ = Control(number, SetDescriptorFlags, CloseOnExec);
        return Frames.Open(number, access, isOwned: true);
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command, int argument);
}
