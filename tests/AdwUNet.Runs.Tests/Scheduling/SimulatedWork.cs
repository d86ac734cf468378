using System.Globalization;
using System.IO.Hashing;
using System.Text;
using AdwUNet.Scheduling;

namespace AdwUNet.Runs.Tests.Scheduling;

/// <summary>A run without a network: steps that take a while, each with a checkpoint, whose result depends on all of them.</summary>
/// <param name="root">The folder of all runs.</param>
/// <param name="number">Which one.</param>
/// <param name="steps">How many steps.</param>
/// <param name="milliseconds">How long a step takes.</param>
internal sealed class SimulatedWork(string root, int number, int steps, int milliseconds) : IWork
{
    /// <summary>The number of the run that fails, where one fails.</summary>
    public const int Failing = 7;

    public const string Error = "the loss of step 2 is not a number";

    public bool Fails { get; init; }

    public string Name => $"run {number}";

    public string Folder => Path.Combine(root, $"run{number}");

    public bool IsFinished => File.Exists(PathOf("result.txt"));

    public string Result => File.ReadAllText(PathOf("result.txt"));

    /// <summary>The steps that were done, in the order in which they were done, by whatever process.</summary>
    public int[] Steps => File.Exists(PathOf("steps.txt")) ? [.. File.ReadLines(PathOf("steps.txt")).Select(line => int.Parse(line, CultureInfo.InvariantCulture))] : [];

    public static SimulatedWork[] Many(string root, int count, int steps, int milliseconds, bool oneFails = false) =>
        [.. Enumerable.Range(0, count).Select(i => new SimulatedWork(root, i, steps, milliseconds) { Fails = oneFails && i == Failing })];

    public void Execute(IProgress<WorkProgress> progress, CancellationToken cancellation)
    {
        using var hold = RunLock.Take(Folder);
        var checkpoint = File.Exists(PathOf("checkpoint.txt")) ? File.ReadAllText(PathOf("checkpoint.txt")).Split(' ') : ["0", "0"];
        var (step, hash) = (int.Parse(checkpoint[0], CultureInfo.InvariantCulture), ulong.Parse(checkpoint[1], CultureInfo.InvariantCulture));
        while (step < steps)
        {
            cancellation.ThrowIfCancellationRequested();
            Thread.Sleep(milliseconds);
            if (Fails && step == 2)
            {
                throw new NumericalFault(Error);
            }

            hash = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes($"{number} {step} {hash}"));
            hold.RequireHeld();
            AtomicFile.WriteText(PathOf("checkpoint.txt"), $"{++step} {hash}");
            File.AppendAllText(PathOf("steps.txt"), $"{step}\n"); // after the checkpoint: no resumed process may do it again
            progress.Report(new(step, steps));
        }

        AtomicFile.WriteText(PathOf("result.txt"), $"{hash}");
    }

    private string PathOf(string file) => Path.Combine(Folder, file);

    private sealed class NumericalFault(string message) : AdwUNetException(message);
}
