using System.Text.Json;

namespace AdwUNet.Kernel.Tests.Running;

/// <summary>A notebook with a grid of miniature runs on a phantom: eleven that end, and one that fails by its own fault.</summary>
internal static class GridNotebook
{
    public const int Runs = 12;
    public const int Epochs = 6;
    public const string Failing = "fails, fold 0, seed 1";
    public const string Fault = "a fault of the loss in step 3";

    private const string Parameters = "string how = \"serial\"; int slow = 0;";

    private static readonly string Libraries = $"""
        #r "{Repository.Root}/artifacts/lib/AdwUNet.Data.dll"
        #r "{Repository.Root}/artifacts/lib/AdwUNet.dll"
        #r "{Repository.Root}/artifacts/lib/AdwUNet.Runs.dll"
        #r "{Repository.Root}/artifacts/lib/TorchSharp.dll"
        using System.IO;
        using System.Threading;
        using Microsoft.DotNet.Interactive;
        using AdwUNet.Experiments;
        using AdwUNet.Imaging;
        using AdwUNet.Phantom;
        using AdwUNet.Scheduling;
        using AdwUNet.Training;
        using static TorchSharp.torch;
        AdwUNet.TorchLibrary.Enable();
        """;

    // The loss is slow, so that workers can be stopped in the middle of a run. A worker knows it because it runs this cell, too.
    private const string Loss = """
        static class Slow { public static int Milliseconds; }

        sealed record OwnLoss(bool Fails = false) : SegmentationLoss
        {
            static int steps;

            public override Tensor Forward(Tensor logits, Tensor target)
            {
                if (Fails && ++steps == 3)
                    throw new InvalidOperationException("a fault of the loss in step 3");
                Thread.Sleep(Slow.Milliseconds);
                return nn.functional.cross_entropy(logits, target);
            }
        }

        Slow.Milliseconds = slow;
        """;

    private static readonly string Grid = $$"""
        var phantom = new PhantomOptions { Name = "Task00_Tiny", Cases = 6, Size = new Shape3(16, 18, 16), Spacing = new(2, 2, 2) };
        if (!Directory.Exists("data/Task00_Tiny"))
            PhantomDataset.Create("data/Task00_Tiny", phantom);
        var profile = Profile.Check with
        {
            Name = "tiny", Planner = new() { PatchSize = Shape3.Cube(8), BatchSize = 2, MaxPooling = 1 }, WidthDivisor = 8, MonitorEvery = 4,
            SearchInGrid = Profile.Check.Search, TrainingInGrid = Profile.Check.Training with { Epochs = {{Epochs}}, IterationsPerEpoch = 4 },
        };
        var experiment = new Experiment(".", Path.GetFullPath("data/Task00_Tiny"), profile, "cpu");
        var grid = experiment.Grid(how == "serial" ? "serial" : "grid", folds: [0], seeds: [1]);
        foreach (var rate in Enumerable.Range(1, 11))
            grid.Add($"rate {rate}", e => e with
            {
                Architecture = ArchitectureSource.Manual, Loss = new OwnLoss(), Training = e.Training with { LearningRate = 0.001 * rate, Loss = new OwnLoss() },
            });
        if (how != "serial")
            grid.Add("fails", e => e with { Architecture = ArchitectureSource.Manual, Loss = new OwnLoss(Fails: true) });
        """;

    private const string Run = """
        var token = KernelInvocationContext.Current.CancellationToken;
        if (how == "serial")
        {
            set_num_threads(1);
            grid.Run(cancellation: token);
        }
        else if (how == "workers")
            grid.Run(workers: 4, threads: 1, cancellation: token);
        else
        {
            var job = grid.Submit(new Slurm { Time = TimeSpan.FromMinutes(1), Warning = TimeSpan.FromSeconds(20), Tasks = 4 });
            File.WriteAllText("job", job.Id);
            while (how == "cancel" && !grid.Status().Runs.Any(run => run.Phase == RunPhase.Finished))
                Thread.Sleep(200);
            if (how == "cancel")
                job.Cancel();
            job.Collect(cancellation: token);
        }
        """;

    private const string Tell = """
        File.WriteAllText("after", "");
        File.WriteAllLines($"{how}.txt", grid.Status().Runs.Select(run => $"{run.Phase}|{run.Name}|{run.Detail}"));
        """;

    /// <summary>Writes the notebook.</summary>
    public static void Write(TemporaryFolder folder) => folder.Parameterised("grid.ipynb", Parameters, Libraries, Loss, Grid, Run, Tell);

    /// <summary>The folder of a grid.</summary>
    public static string FolderOf(TemporaryFolder folder, string name) =>
        Directory.GetDirectories(folder.PathOf("runs"), name, SearchOption.AllDirectories).Single(path => Path.GetFileName(Path.GetDirectoryName(path)) == "grids");

    /// <summary>Requires what a serial run of the same runs left: eleven results, equal bit for bit, and one failure with its error.</summary>
    public static void RequireSameAsSerial(TemporaryFolder folder, string how)
    {
        var said = File.ReadAllLines(folder.PathOf($"{how}.txt"));
        Assert.Equal([$"Failed|{Failing}|InvalidOperationException: {Fault}"], said.Where(line => !line.StartsWith("Finished|", StringComparison.Ordinal)));
        Assert.Equal(Runs, said.Length);
        var (serial, grid) = (FolderOf(folder, "serial"), FolderOf(folder, "grid"));
        foreach (var run in Directory.GetDirectories(serial).Select(Path.GetFileName))
        {
            foreach (var file in new[] { "history.jsonl", "final.safetensors" })
            {
                var path = Path.Combine(run!, "fold0", "seed1", "training", file);
                Assert.Equal(File.ReadAllBytes(Path.Combine(serial, path)), File.ReadAllBytes(Path.Combine(grid, path)));
            }

            // Every epoch once, and one process that had the result.
            var epochs = File.ReadLines(Path.Combine(grid, run!, "fold0", "seed1", "training", "history.jsonl")).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("epoch").GetInt32());
            Assert.Equal(Enumerable.Range(0, Epochs), epochs);
            Assert.Single(Attempts(Path.Combine(grid, run!)), attempt => attempt.GetProperty("end").GetString() == "finished");
        }
    }

    /// <summary>The attempts at a variant's run.</summary>
    public static JsonElement[] Attempts(string variant)
    {
        var path = Path.Combine(variant, "fold0", "seed1", "worker", "attempts.json");
        return File.Exists(path) ? [.. JsonDocument.Parse(File.ReadAllText(path)).RootElement.GetProperty("attempts").EnumerateArray()] : [];
    }

    /// <summary>The process ids of the attempts that run, those of the runs with the fewest attempts first.</summary>
    /// <param name="grid">The grid's folder.</param>
    /// <param name="attempts">Leaves out runs with more attempts.</param>
    public static int[] Running(string grid, int attempts = int.MaxValue) =>
    [
        .. Directory.GetDirectories(grid).Where(variant => Path.GetFileName(variant) != "slurm").Select(Attempts)
            .Where(of => of is [.., var last] && of.Length <= attempts && !last.TryGetProperty("end", out var end) | end.ValueKind == JsonValueKind.Null)
            .OrderBy(of => of.Length).Select(of => of[^1].GetProperty("process").GetInt32()),
    ];
}
