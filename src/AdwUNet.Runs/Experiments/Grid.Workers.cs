using AdwUNet.Runs;
using AdwUNet.Scheduling;
using TorchSharp;

namespace AdwUNet.Experiments;

public sealed partial class Grid
{
    private IWork[] Works => [.. Runs.Select(run => new GridWork(run))];

    /// <summary>
    /// Runs the remaining runs in several processes on this machine. Each process runs this notebook (or program) again up to this call, then takes one
    /// free run after the other, and shows nothing. Further processes, also on other machines that share the folder, may do the same at the same time.
    /// </summary>
    /// <param name="workers">How many processes. With several CUDA devices, each process gets one of them.</param>
    /// <param name="threads">
    /// The threads of each run, which the grid's folder records, since they decide the last digits of the results. If the folder has no number and none
    /// is given: the machine's processors divided by the workers.
    /// </param>
    /// <param name="command">Runs the notebook again; needed only in Jupyter, where <see cref="WorkerCommand.Notebook"/> makes it from the notebook's path.</param>
    /// <param name="progress">Reported every second.</param>
    /// <param name="cancellation">Stops the processes after their current steps, with checkpoints.</param>
    /// <returns>The results of the finished runs. <see cref="Status"/> names the failed ones.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled; it can be resumed.</exception>
    /// <exception cref="RunException">
    /// The notebook's path is not known, the processes ended with runs to do, or the grid's runs compute with another number of threads.
    /// </exception>
    /// <exception cref="AdwUNetException">The cases cannot be preprocessed.</exception>
    public GridResults Run(
        int workers, int? threads = null, WorkerCommand? command = null, IProgress<GridStatus>? progress = null, CancellationToken cancellation = default)
    {
        RunException.RequireBetween("grid", nameof(workers), workers, 1, int.MaxValue);
        if (!WorkHere())
        {
            Prepare(cancellation);
            var pool = new WorkerPool(command ?? WorkerCommand.OfThisProcess(), Folder, Works, workers)
            {
                Threads = RunThreads.Fix(Folder, threads, Math.Max(1, Environment.ProcessorCount / workers)),
                Devices = Experiment.Device.type == DeviceType.CUDA ? CudaDevices() : [],
            };
            pool.Run(progress, cancellation);
        }

        return Results();
    }

    /// <summary>
    /// Submits the remaining runs to Slurm as a job array. Each task runs this notebook (or program) again up to this call, then takes one free run after
    /// the other. A task that reaches its time limit, is preempted or dies is queued again, and its run resumes.
    /// </summary>
    /// <param name="slurm">What the job asks for.</param>
    /// <param name="command">Runs the notebook again; needed only in Jupyter, where <see cref="WorkerCommand.Notebook"/> makes it from the notebook's path.</param>
    /// <returns>The job.</returns>
    /// <exception cref="RunException">There is no <c>sbatch</c> on the path, it refuses the job, or the notebook's path is not known.</exception>
    /// <exception cref="AdwUNetException">The cases cannot be preprocessed.</exception>
    public SlurmJob Submit(Slurm slurm, WorkerCommand? command = null)
    {
        ArgumentNullException.ThrowIfNull(slurm);
        slurm.Validate();
        if (WorkHere())
        {
            return new(this);
        }

        SlurmQueue.Require();
        var line = command ?? WorkerCommand.OfThisProcess();
        Prepare();
        var status = Status();
        var threads = RunThreads.Fix(Folder, null, slurm.Cpus);
        SlurmQueue.Submit(Name, slurm, line, Folder, slurm.Tasks ?? Math.Max(1, status.Waiting + status.Running), threads);
        return new(this);
    }

    /// <summary>The state of every run, read from the folders: finished, running (where, since when, time left), failed (why), waiting.</summary>
    /// <exception cref="RunException">A record is damaged, or Slurm does not answer.</exception>
    public GridStatus Status() => GridStatus.Of(Works, SlurmQueue.Tasks(Folder));

    /// <summary>Forgets that runs failed, so that workers try them again. Call it after the cause is removed.</summary>
    public void RetryFailed()
    {
        foreach (var work in Works.Where(work => WorkRecord.Of(work).Failure is not null))
        {
            WorkRecord.Forget(work);
        }
    }

    /// <summary>In a worker of this grid: works, and ends the process.</summary>
    /// <returns>Whether this process is a worker of another grid, for which this one must be done.</returns>
    /// <exception cref="ExperimentException">It is one, and this grid is not done.</exception>
    private bool WorkHere()
    {
        if (WorkerMode.Folder is not { } folder)
        {
            return false;
        }

        if (folder == Folder)
        {
            WorkerMode.WorkAndExit(new Worker(Works, RunThreads.Use(Folder)));
        }

        return Status().IsDone
            ? true
            : throw new ExperimentException($"A worker of {folder} came to the grid '{Name}', which is not done; run that one first, or put it into a notebook of its own.");
    }

    private static string[] CudaDevices()
    {
        const string variable = "CUDA_VISIBLE_DEVICES";
        var visible = Environment.GetEnvironmentVariable(variable);
        string[] devices = string.IsNullOrEmpty(visible)
            ? [.. Enumerable.Range(0, torch.cuda.device_count()).Select(i => $"{i}")]
            : visible.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return devices.Length > 1 ? devices : [];
    }
}
