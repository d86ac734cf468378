using System.Diagnostics;
using System.Globalization;

namespace AdwUNet.Kernel.Tests.Running;

/// <summary>A Slurm of two nodes on this machine: <c>environment/slurm/test-cluster</c>.</summary>
internal sealed class TestCluster : IDisposable
{
    private static readonly string Script = Path.Combine(Repository.Root, "environment", "slurm", "test-cluster");
    private readonly string _folder;

    private TestCluster(string folder) => _folder = folder;

    /// <summary>Starts it; skips the test with a message where it cannot.</summary>
    public static TestCluster Start()
    {
        // The daemons' sockets and folders need a short path without spaces.
        var folder = Directory.CreateTempSubdirectory("slurm").FullName;
        var (code, said) = Run(Script, "start", folder);
        if (code != 0)
        {
            _ = Run(Script, "stop", folder);
            Assert.Skip($"There is no Slurm here: {said}");
        }

        Environment.SetEnvironmentVariable("SLURM_CONF", Path.Combine(folder, "slurm.conf"));
        return new TestCluster(folder);
    }

    /// <summary>Kills the daemon of a node (SIGKILL).</summary>
    public void KillNode(string node) => Assert.Equal((0, ""), Run(Script, "kill-node", _folder, node));

    /// <summary>Starts the daemon of a node again.</summary>
    public void StartNode(string node) => Assert.Equal((0, ""), Run(Script, "start-node", _folder, node));

    /// <summary>The tasks that run, such as <c>12_3</c>.</summary>
    public static string[] Running() =>
        Run("squeue", "--noheader", "--states=RUNNING", "--format=%i").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Sends what Slurm sends to a task that is preempted with a grace time.</summary>
    public static void Preempt(string task) => Assert.Equal(0, Run("scancel", "--signal=TERM", "--full", task).Code);

    /// <summary>Submits a job of a second that takes a node from a task of the default partition, which Slurm cancels after its grace time.</summary>
    public static void SubmitUrgent() => Assert.Equal(0, Run("sbatch", "--partition=urgent", "--output=/dev/null", "--wrap=sleep 1").Code);

    public void Dispose()
    {
        _ = Run(Script, "stop", _folder);
        Environment.SetEnvironmentVariable("SLURM_CONF", null);
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Kills a process (SIGKILL).</summary>
    public static void Kill(int process) => Run("kill", "-KILL", process.ToString(CultureInfo.InvariantCulture));

    private static (int Code, string Output) Run(string program, params string[] arguments)
    {
        // Through files: the daemons keep standard output open.
        var path = Path.GetTempFileName();
        try
        {
            var quoted = string.Join(' ', arguments.Prepend(program).Select(argument => $"'{argument}'"));
            using var process = Process.Start("/bin/sh", ["-c", $"{quoted} >'{path}' 2>&1 </dev/null"])!;
            process.WaitForExit();
            return (process.ExitCode, File.ReadAllText(path).Trim());
        }
        finally
        {
            File.Delete(path);
        }
    }
}
