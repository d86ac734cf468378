using System.Diagnostics;
using System.Globalization;
using AdwUNet.Runs;

namespace AdwUNet.Scheduling;

/// <summary>Worker processes on this machine. A worker that dies is started again while there are free runs.</summary>
/// <param name="command">Starts one.</param>
/// <param name="folder">The grid's folder.</param>
/// <param name="works">All runs.</param>
/// <param name="workers">How many processes.</param>
internal sealed class WorkerPool(WorkerCommand command, string folder, IReadOnlyList<IWork> works, int workers)
{
    private const int KilledBySignal = 128; // exit codes from here
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.2);
    private static readonly TimeSpan StatusInterval = TimeSpan.FromSeconds(1);

    /// <summary>How long a worker may take to finish its step after a request to stop; a step of a large network takes minutes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly Dictionary<WorkerProcess, int> _idleDeaths = [];

    /// <summary>The threads of libtorch in each worker.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>CUDA devices as <c>CUDA_VISIBLE_DEVICES</c> names them, one for each worker in turn. Empty: every worker has what this process has.</summary>
    public IReadOnlyList<string> Devices { get; init; } = [];

    /// <summary>A worker is given up after so many deaths in a row without taking a run.</summary>
    public int MostIdleDeaths { get; init; } = 5;

    /// <summary>Called with each worker that was started.</summary>
    public Action<int> OnStarted { get; init; } = _ => { };

    /// <summary>Starts the workers and waits until every run is finished or failed.</summary>
    /// <param name="progress">Reported every second.</param>
    /// <param name="cancellation">Stops the workers after their steps, with checkpoints.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="RunException">The workers ended and left runs that are neither finished nor failed.</exception>
    public void Run(IProgress<GridStatus>? progress, CancellationToken cancellation)
    {
        WorkerProcess[] all = [.. Enumerable.Range(0, workers).Select(i => new WorkerProcess(command, EnvironmentOf(i)))];
        try
        {
            Array.ForEach(all, Start);
            Watch(all, progress, cancellation);
        }
        finally
        {
            Array.ForEach(all, worker => worker.RequestStop());
            Array.ForEach(all, worker => worker.WaitForEnd(Patience));
            Array.ForEach(all, worker => worker.Dispose());
        }
    }

    private void Watch(WorkerProcess[] all, IProgress<GridStatus>? progress, CancellationToken cancellation)
    {
        var looked = 0L;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var isOver = !all.Any(worker => worker.IsRunning);
            if (isOver || Stopwatch.GetElapsedTime(looked) >= StatusInterval)
            {
                var status = GridStatus.Of(works, []);
                progress?.Report(status);
                looked = Stopwatch.GetTimestamp();
                if (status.Waiting > 0)
                {
                    all.Where(worker => !worker.IsRunning && MayStartAgain(worker)).Take(status.Waiting).ToList().ForEach(Start);
                }

                if (isOver && !all.Any(worker => worker.IsRunning))
                {
                    RequireDone(status, all);
                    return;
                }
            }

            cancellation.WaitHandle.WaitOne(Interval);
        }
    }

    private void Start(WorkerProcess worker)
    {
        worker.Start();
        OnStarted(worker.Id);
    }

    /// <summary>Whether a worker that ended may be started again: it ended well or was killed, and does not die again and again without taking a run.</summary>
    private bool MayStartAgain(WorkerProcess worker)
    {
        var hasDied = worker.ExitCode >= KilledBySignal;
        if (!hasDied)
        {
            return worker.ExitCode is 0 or WorkerMode.Stopped;
        }

        var hasTaken = works.Any(work => WorkRecord.Of(work).Attempts.Any(attempt => attempt.Process == worker.Id && attempt.Host == Environment.MachineName));
        return (_idleDeaths[worker] = hasTaken ? 0 : _idleDeaths.GetValueOrDefault(worker) + 1) < MostIdleDeaths;
    }

    private void RequireDone(GridStatus status, WorkerProcess[] all)
    {
        if (!status.IsDone && status.Running == 0)
        {
            var worst = all.MaxBy(worker => worker.ExitCode)!;
            throw new RunException(string.Create(
                CultureInfo.InvariantCulture,
                $"The workers of {folder} ended with {status.Waiting} runs to do; the last error, with exit code {worst.ExitCode}, was: {worst.LastWords}"));
        }
    }

    private Dictionary<string, string> EnvironmentOf(int worker)
    {
        var threads = Threads.ToString(CultureInfo.InvariantCulture);
        var environment = new Dictionary<string, string>
        {
            [WorkerMode.Variable] = folder,
            [WorkerMode.ParentVariable] = WorkerMode.ParentValue,
            ["OMP_NUM_THREADS"] = threads,
        };
        if (Devices.Count > 0)
        {
            environment["CUDA_VISIBLE_DEVICES"] = Devices[worker % Devices.Count];
        }

        return environment;
    }
}
