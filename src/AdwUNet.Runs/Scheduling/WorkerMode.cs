using System.Globalization;
using System.Runtime.InteropServices;
using AdwUNet.Runs;

namespace AdwUNet.Scheduling;

/// <summary>
/// A worker is the program of a grid, run again with <c>ADWUNET_WORKER</c> set to the grid's folder. When it reaches the grid, it works and then ends.
/// </summary>
internal static class WorkerMode
{
    /// <summary>The environment variable with the grid's folder.</summary>
    public const string Variable = "ADWUNET_WORKER";

    /// <summary>The environment variable with the process id and the start time of the process that started the worker; the worker ends with it.</summary>
    public const string ParentVariable = "ADWUNET_WORKER_PARENT";

    /// <summary>The exit code of a worker that was stopped before all runs were done: try again (EX_TEMPFAIL of sysexits.h).</summary>
    public const int Stopped = 75;

    private const int LinuxUser1 = 10; // SIGUSR1, which Slurm sends before the time limit
    private static readonly TimeSpan ParentInterval = TimeSpan.FromSeconds(1);

    /// <summary>The folder of the grid that this process works for; null if it is no worker.</summary>
    public static string? Folder => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder ? Path.GetFullPath(folder) : null;

    /// <summary>What a worker's environment needs so that it ends with this process.</summary>
    public static string ParentValue => $"{Environment.ProcessId} {ProcessIdentity.StartOf(Environment.ProcessId)}";

    /// <summary>Works, and ends the process: with 0 if no free run is left, with <see cref="Stopped"/> if a signal stopped it.</summary>
    /// <exception cref="StorageException">A file cannot be written.</exception>
    public static void WorkAndExit(Worker worker)
    {
        var code = Work(worker);
        Environment.Exit(code);
    }

    /// <summary>Works until no free run is left or a signal stops it.</summary>
    /// <returns>The exit code.</returns>
    public static int Work(Worker worker)
    {
        using var stop = new CancellationTokenSource();
        PosixSignal[] signals = OperatingSystem.IsLinux() ? [PosixSignal.SIGINT, PosixSignal.SIGTERM, (PosixSignal)LinuxUser1] : [PosixSignal.SIGINT, PosixSignal.SIGTERM];
        var registrations = signals.Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        })).ToArray();
        using var parent = new Timer(_ => EndWithParent(stop), null, ParentInterval, ParentInterval);
        try
        {
            worker.Run(stop.Token);
            return 0;
        }
        catch (OperationCanceledException)
        {
            return Stopped;
        }
        finally
        {
            Array.ForEach(registrations, registration => registration.Dispose());
        }
    }

    private static void EndWithParent(CancellationTokenSource stop)
    {
        if (Environment.GetEnvironmentVariable(ParentVariable)?.Split(' ') is [var id, var start]
            && ProcessIdentity.StartOf(int.Parse(id, CultureInfo.InvariantCulture)) != start)
        {
            try
            {
                stop.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The work ended meanwhile.
            }
        }
    }
}
