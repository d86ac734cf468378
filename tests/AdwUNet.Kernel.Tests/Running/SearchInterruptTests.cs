using System.Buffers.Binary;
using System.Diagnostics;
using System.Text.Json.Nodes;
using AdwUNet.Kernel.References;
using AdwUNet.Tests.Jupyter;

namespace AdwUNet.Kernel.Tests.Running;

/// <summary>A search in a cell that is interrupted: by Ctrl-C at the command line, and by a front end.</summary>
public sealed class SearchInterruptTests(InstalledKernel installed) : IDisposable
{
    private const string Parameters = "string folder = \"run\"; int slow = 0;";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>A miniature search that tells its steps in a file, and at one of them, if so told, takes very long.</summary>
    private static readonly string Search = $$"""
        #r "{{Repository.Root}}/artifacts/lib/AdwUNet.Data.dll"
        #r "{{Repository.Root}}/artifacts/lib/AdwUNet.dll"
        #r "{{Repository.Root}}/artifacts/lib/AdwUNet.Runs.dll"
        #r "{{Repository.Root}}/artifacts/lib/TorchSharp.dll"
        using System.IO;
        using System.Threading;
        using Microsoft.DotNet.Interactive;
        using AdwUNet.Architectures;
        using AdwUNet.Imaging;
        using AdwUNet.Planning;
        using AdwUNet.Preprocessing;
        using AdwUNet.Runs;
        using AdwUNet.Search;
        using AdwUNet.Training;

        sealed class Noise(int number) : IPreprocessedCase
        {
            static readonly Shape3 Size = Shape3.Cube(12);
            readonly float[] image = [.. Enumerable.Range(number, (int)Size.Count).Select(i => MathF.Sin(i * 0.7f))];
            readonly short[] labels = [.. Enumerable.Range(0, (int)Size.Count).Select(i => (short)(i / 600))];
            public string Id => $"noise {number}";
            public int Channels => 1;
            public Shape3 Shape => Size;
            public ReadOnlySpan<float> Image => image;
            public ReadOnlySpan<short> Labels => labels;
            public IReadOnlyDictionary<int, int[]> ForegroundVoxels => new Dictionary<int, int[]> { [1] = [700], [2] = [1300] };
        }

        sealed class Steps(Action<StepProgress> told) : IProgress<StepProgress>
        {
            public void Report(StepProgress value) => told(value);
        }

        AdwUNet.TorchLibrary.Enable();
        // Of networks as small as this one, more threads only wait for one another.
        TorchSharp.torch.set_num_threads(1);
        var plan = new Plan
        {
            Dataset = "Noise", Modalities = ["MRI"], Classes = ["background", "one", "two"], AxisOrder = [0, 1, 2], Spacing = new(1, 1, 1),
            MedianShape = Shape3.Cube(12), PatchSize = Shape3.Cube(8), BatchSize = 2, PoolKernels = [Shape3.Cube(2)],
            ConvKernels = [Shape3.Cube(3), Shape3.Cube(3)], Normalization = [new(NormalizationScheme.ZScore)], BatchDice = false, InPlaneAugmentation = false,
        };
        var options = new SearchOptions { Epochs = 3, IterationsPerEpoch = 8, ValidationIterations = 1, WarmUpEpochs = 1 };
        var space = new SearchSpace { Family = Family.AdwUNet, BaseWidth = 6, MaxWidth = 12, MaxDepth = 2 };
        using (var search = new SearchRun(folder, plan, space, new([new Noise(0)], [new Noise(1)], [new Noise(2)]), options))
        {
            var progress = new Steps(step =>
            {
                var count = step.Epoch * step.Iterations + step.Iteration;
                File.WriteAllText(folder + ".steps", $"{count} ");
                Thread.Sleep(count == slow ? 100_000 : 50);
            });
            foreach (var epoch in search.Run(progress, KernelInvocationContext.Current.CancellationToken)) { }
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Promise("Ctrl-C ends a search at the current step with a checkpoint (exit code 130), a second one at once (137); after both, the search resumes bit for bit")]
    public async Task Ctrl_C_ends_a_search_with_a_checkpoint_and_a_second_one_at_once()
    {
        Interrupts.SkipWhereImpossible();
        _folder.Parameterised("search.ipynb", Parameters, Search);
        Assert.Equal(0, await Run(_ => { }, "folder=whole"));

        Assert.Equal(130, await Run(async process =>
        {
            await Reaches(3);
            Interrupts.Send(process.Id);
        }));
        var stoppedAt = RequireStopped("run");

        var clock = new Stopwatch();
        Assert.Equal(137, await Run(
            async process =>
            {
                await Reaches(18);
                Interrupts.Send(process.Id);
                await Task.Delay(500, TestContext.Current.CancellationToken);
                Assert.False(process.HasExited, "the step did not get its time");
                clock.Start();
                Interrupts.Send(process.Id);
            },
            "slow=18"));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.Equal(16, CheckpointedSteps("run"));

        Assert.Equal(0, await Run(_ => { }));
        Assert.Equal(Files("whole"), Files("run"));
        PromiseTable.Kept($"24 steps: stopped in order after step {stoppedAt}, ended at once in step 18, gone on from the checkpoint after step 16");
    }

    [Fact]
    [Promise("The kernel's interrupt ends a search at the current step with a checkpoint, and the next execution of the cell resumes bit for bit")]
    public async Task The_kernels_interrupt_ends_a_search_with_a_checkpoint()
    {
        using var kernel = KernelProcess.StartReady(installed.Spec, _folder.Root);
        Assert.Equal("ok", kernel.Client.Execute(Parameters, Patience).Status);
        var id = kernel.Client.SendCode(Search);
        await Reaches(11);
        kernel.Client.SendControl("interrupt_request");
        Assert.Equal("error", kernel.Client.Collect(id, Patience).Status);
        var stoppedAt = RequireStopped("run");
        Assert.Equal("ok", kernel.Client.Execute(Search, Patience).Status);
        Assert.Equal("ok", kernel.Client.Execute("folder = \"whole\";", Patience).Status);
        Assert.Equal("ok", kernel.Client.Execute(Search, Patience).Status);
        Assert.Equal(Files("whole"), Files("run"));
        PromiseTable.Kept($"24 steps, stopped after step {stoppedAt}");
    }

    private int RequireStopped(string run)
    {
        var told = Steps(run);
        Assert.Equal(told, CheckpointedSteps(run));
        Assert.Equal(
            told > 8 ? ["checkpoint.safetensors", "config.json", "history.jsonl", "timing.jsonl"] : ["checkpoint.safetensors", "config.json"],
            Directory.GetFiles(_folder.PathOf(run)).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        return told;
    }

    private async Task<int> Run(Func<Process, Task> meanwhile, params string[] parameters)
    {
        string[] arguments = [Repository.Command, "run", "search.ipynb", .. parameters.SelectMany(parameter => new[] { "-p", parameter })];
        using var process = Process.Start(new ProcessStartInfo(Framework.DotnetCommand, arguments)
        {
            WorkingDirectory = _folder.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        var errors = process.StandardError.ReadToEndAsync(patience.Token);
        try
        {
            await meanwhile(process);
            await process.WaitForExitAsync(patience.Token);
            TestContext.Current.TestOutputHelper!.WriteLine(await output + await errors);
            return process.ExitCode;
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The command did not end within {Patience.TotalSeconds:0} s.");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    private Task<int> Run(Action<Process> meanwhile, params string[] parameters) => Run(
        process =>
        {
            meanwhile(process);
            return Task.CompletedTask;
        },
        parameters);

    private async Task Reaches(int steps)
    {
        var clock = Stopwatch.StartNew();
        while (Steps("run") < steps)
        {
            Assert.InRange(clock.Elapsed, TimeSpan.Zero, Patience);
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>The steps that the search has told; the file may just be being written.</summary>
    private int Steps(string run) =>
        File.Exists(_folder.PathOf(run + ".steps")) && File.ReadAllText(_folder.PathOf(run + ".steps")) is [.., ' '] text ? int.Parse(text) : 0;

    private int CheckpointedSteps(string run)
    {
        var bytes = File.ReadAllBytes(_folder.PathOf(run, "checkpoint.safetensors"));
        var header = JsonNode.Parse(bytes.AsSpan(sizeof(long), (int)BinaryPrimitives.ReadInt64LittleEndian(bytes)))!;
        var state = JsonNode.Parse((string)header["__metadata__"]!["state"]!)!;
        return ((int)state["epoch"]! * 8) + (int)state["iteration"]!;
    }

    private SortedDictionary<string, string> Files(string run) => new(
        Directory.GetFiles(_folder.PathOf(run)).Where(path => Path.GetFileName(path) != "timing.jsonl")
            .ToDictionary(path => Path.GetFileName(path)!, path => Convert.ToHexString(File.ReadAllBytes(path))),
        StringComparer.Ordinal);
}
