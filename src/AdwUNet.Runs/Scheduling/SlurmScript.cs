using System.Globalization;
using System.Text;

namespace AdwUNet.Scheduling;

/// <summary>The <c>sbatch</c> script of a grid: a job array, each task of which is a worker.</summary>
internal static class SlurmScript
{
    /// <summary>Writes the script's text.</summary>
    /// <param name="name">The grid's name.</param>
    /// <param name="slurm">What the job asks for.</param>
    /// <param name="command">Starts a worker.</param>
    /// <param name="grid">The grid's folder.</param>
    /// <param name="folder">The folder of script, logs and job numbers.</param>
    /// <param name="tasks">The number of tasks.</param>
    /// <param name="threads">The threads of a run.</param>
    public static string Text(string name, Slurm slurm, WorkerCommand command, string grid, string folder, int tasks, int threads)
    {
        var text = new StringBuilder("#!/bin/bash\n");
        text.Append(Line($"# The grid '{name.ReplaceLineEndings(" ")}'. Each task of this job array is a worker: it takes the next free run until there is none."));
        Option($"--job-name={new string([.. name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '_')])}");
        Option(slurm.AtMost is { } most ? $"--array=0-{tasks - 1}%{most}" : $"--array=0-{tasks - 1}");
        Option(slurm.Partition is { } partition ? $"--partition={partition}" : null);
        Option(slurm.Time is { } time ? string.Create(CultureInfo.InvariantCulture, $"--time={(int)Math.Ceiling(time.TotalMinutes)}") : null);
        Option("--nodes=1", "--ntasks=1", $"--cpus-per-task={slurm.Cpus}");
        Option(slurm.Gpus > 0 ? $"--gres=gpu:{slurm.Gpus}" : null);
        Option(slurm.Memory is { } memory ? $"--mem={memory}" : null);
        text.Append("# Before the time limit: a checkpoint. After preemption and node failure: the task waits in the queue again.\n");
        Option(string.Create(CultureInfo.InvariantCulture, $"--signal=B:USR1@{(int)slurm.Warning.TotalSeconds}"), "--requeue", "--open-mode=append");
        Option($"--output=\"{folder}/%A_%a.log\"");
        Option([.. slurm.Options]);
        text.Append(Body(slurm, command, grid, folder, threads));
        return text.ToString().ReplaceLineEndings("\n");

        void Option(params string?[] options) => text.AppendJoin("", options.OfType<string>().Select(option => Line($"#SBATCH {option}")));
        static string Line(string line) => line + "\n";
    }

    // A task ends with 0 when no free run is left, with 75 after a request to stop, from 128 when its process died, else by an error of the program.
    private static string Body(Slurm slurm, WorkerCommand command, string grid, string folder, int threads) => $$"""

        task=${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}
        restarts=${SLURM_RESTART_COUNT:-0}
        echo "$(date -Is) task $task on $(hostname), start $((restarts + 1))"
        {{slurm.Setup}}
        export {{WorkerMode.Variable}}={{Quoted(grid)}}
        export OMP_NUM_THREADS={{threads}}
        cd {{Quoted(command.Folder)}} || exit 1
        {{string.Join(' ', command.Line.Select(Quoted))}} &
        worker=$!

        # SIGUSR1 comes before the time limit, SIGTERM at preemption: the worker ends after its step with a checkpoint.
        trap 'echo "$(date -Is) stopping after the current step"; kill -TERM $worker 2>/dev/null' USR1 TERM
        while kill -0 $worker 2>/dev/null; do wait $worker; code=$?; done
        echo "$(date -Is) task $task ended with $code"

        if [ $code -ne {{WorkerMode.Stopped}} ] && [ $code -lt 128 ]; then exit $code; fi
        if [ $restarts -ge {{slurm.Restarts}} ]; then echo "It has started $((restarts + 1)) times and does not start again."; exit $code; fi
        state=$(scontrol show job $task) # not $SLURM_JOB_ID: that of one task is that of the whole array
        case $state in
          *JobState=RUNNING*) scontrol requeue $task && exit 0 ;;
          *' PreemptTime='[0-9]*) ;;
          *) exit $code ;; # somebody cancelled the task, or Slurm has queued it again
        esac
        # Where preemption cancels tasks, or tasks cannot be requeued, this one is submitted as a new job.
        sbatch --parsable --array=$SLURM_ARRAY_TASK_ID {{Quoted(Path.Combine(folder, SlurmQueue.ScriptName))}} >> {{Quoted(Path.Combine(folder, SlurmQueue.NumbersName))}}

        """;

    private static string Quoted(string text) => "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
