using System.Globalization;
using AdwUNet.Architectures;
using AdwUNet.Datasets;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Runs;
using AdwUNet.Runs.Tests.Durability;
using AdwUNet.Sampling;
using AdwUNet.Tests.Planning;
using AdwUNet.Tests.Prediction;
using static TorchSharp.torch;

namespace AdwUNet.Runs.Tests.Robustness;

/// <summary>Memory: what a run takes does not grow, and when there is too little of it one sentence says what would fit.</summary>
public sealed class MemoryTests : IDisposable
{
    private const double LargestGrowth = 0.05;
    private const int WarmUp = 3; // of ten measurements
    private const int Attempts = 3;
    private const long Endless = 1L << 50;

    private static readonly Exception Failed = new InsufficientMemoryException();

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Promise("Thousands of steps and hundreds of predictions leave no live tensors, and the memory of the process does not grow after the warm-up")]
    public void Memory_of_steps_and_predictions_does_not_grow()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The memory of a process is read from /proc, which only Linux has.");
        // A leak grows from each measurement to the next, in every process. What comes once does not: a thread's stack or a part of the heap.
        List<string> figures = [];
        List<string> growing = [];
        for (var attempt = 0; attempt < Attempts && (attempt == 0 || growing.Count > 0); attempt++)
        {
            (figures, growing) = ([], []);
            var lines = Run(MemoryChild.Steps, attempt);
            foreach (var (what, count) in new[] { ("search", MemoryChild.SearchSteps), ("training", MemoryChild.TrainingSteps), ("prediction", MemoryChild.Predictions) })
            {
                var measured = lines.Select(line => line.Split(' ')).Where(words => words[0] == what)
                    .Select(words => (Tensors: Number(words[1]), Kibibytes: Number(words[2]))).ToArray();
                Assert.Equal(10, measured.Length);
                var after = measured[WarmUp..];
                Assert.True(after.Select(item => item.Tensors).Distinct().Count() == 1, $"{what}: live tensors {string.Join(", ", after.Select(item => item.Tensors))}");
                var steps = after.Zip(after.Skip(1), (one, next) => next.Kibibytes - one.Kibibytes).Order().ToArray();
                var growth = steps.Length * steps[steps.Length / 2] / (double)after[0].Kibibytes;
                figures.Add(string.Create(CultureInfo.InvariantCulture, $"{what}: {count:N0} steps, {after[0].Tensors} live tensors throughout, {100 * growth:0.0} % more memory"));
                if (growth > LargestGrowth)
                {
                    growing.Add($"{what}: {growth:P1} more memory: {string.Join(", ", measured.Select(item => item.Kibibytes))} KiB");
                }
            }
        }

        Assert.Empty(growing);
        PromiseTable.Kept(string.Join("; ", figures).Replace("prediction: 200 steps", "200 predictions", StringComparison.Ordinal));
    }

    [Fact]
    [Promise("The error for a step without enough memory names a patch and a batch that fit")]
    public void Suggested_patch_and_batch_fit_into_memory()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/prlimit"), "The memory of a process is limited by prlimit, which is not here.");
        var lines = Run(MemoryChild.Starve);
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("There is not enough memory for a step on 4 patches of 96×96×96: it takes about ", lines[0], StringComparison.Ordinal);
        Assert.Equal("fits", lines[2]);
        PromiseTable.Kept($"4 patches of 96×96×96 refused, {lines[1].Split(' ')[1]} of {lines[1].Split(' ')[0]} trained in the same memory");
    }

    [Fact]
    public void The_largest_batch_that_fits_is_told_and_else_the_largest_patch()
    {
        var plan = TinyRuns.Plan with { PatchSize = Shape3.Cube(64), MedianShape = new(64, 128, 64), BatchSize = 8 };
        NetworkCost Cost(Plan sizes) => NetworkCost.Of(TinyRuns.Architecture, sizes);
        var memory = new StepMemory(plan, Cost);
        double BytesOf(int batch, Shape3 patch)
        {
            var sizes = plan with { BatchSize = batch, PatchSize = patch };
            return StepMemory.BytesOf(Cost(sizes), sizes);
        }

        var error = memory.Explain(Failed, BytesOf(3, plan.PatchSize));
        Assert.Equal((plan.PatchSize, 3), (error.PatchSize, error.BatchSize));
        Assert.Matches(
            @"^There is not enough memory for a step on 8 patches of 64×64×64: it takes about [\d.]+ [GM]B, and about [\d.]+ [GM]B is available; a patch of 64×64×64 with a batch of 3 would fit \(PatchSize and BatchSize of the planner's options\)\.$",
            error.Message);

        error = memory.Explain(Failed, BytesOf(2, plan.PatchSize) - 1);
        Assert.Equal((new Shape3(62, 64, 64), 2), (error.PatchSize, error.BatchSize));
        error = memory.Explain(Failed, BytesOf(2, Shape3.Cube(10)));
        Assert.True(BytesOf(2, error.PatchSize!.Value) <= BytesOf(2, Shape3.Cube(10)));
        error = memory.Explain(Failed, 1000);
        Assert.Null(error.PatchSize);
        Assert.EndsWith("no patch of this network would fit: choose a narrower one, or a machine with more memory.", error.Message, StringComparison.Ordinal);

        // Free memory that was not enough is not believed.
        error = memory.Explain(Failed, double.MaxValue);
        Assert.InRange(error.BatchSize!.Value, 1, 4);
    }

    [Fact]
    public void A_search_that_cannot_fit_into_a_card_is_refused_with_a_patch_and_a_batch_that_fit()
    {
        var plan = AdwUNet.Experiments.PaperTask.BrainTumour.PublishedPlan();
        NetworkCost Cost(Plan sizes) => NetworkCost.Of(SearchSpace.Published(Family.AdwUNet), sizes);
        var memory = new StepMemory(plan, Cost, "search");
        var error = Assert.Throws<MemoryException>(() => memory.Require("NVIDIA A10", free: 22e9, total: 24e9));
        Assert.Matches(
            @"^This search needs about [\d.]+ GB; NVIDIA A10 has 24\.0 GB; a patch of [\d×]+ with a batch of 2 would fit \(PatchSize and BatchSize of the planner's options\)\.$",
            error.Message);
        var fitting = plan with { PatchSize = error.PatchSize!.Value, BatchSize = error.BatchSize!.Value };
        Assert.InRange(StepMemory.BytesOf(Cost(fitting), fitting), 12e9, 24e9);

        // The same fits into a larger card, and what others use there is said.
        var need = memory.Require("NVIDIA H200", free: 60e9, total: 141e9);
        Assert.Matches(@"^This search needs about [\d.]+ GB; NVIDIA H200 has 141\.0 GB, of which 60\.0 GB are free$", need.ToString());
        Assert.StartsWith(
            $"The GPU does not have enough memory for a step on 2 patches of 128×128×128, although the estimate was: {need}; a patch of ",
            Assert.Throws<MemoryException>(() => memory.Guard<int>(() => throw new TorchError("CUDA out of memory. Tried to allocate 2.00 GiB."))).Message, StringComparison.Ordinal);
        Assert.Null(memory.Require(CPU));
    }

    [Fact]
    public void On_a_card_the_estimate_is_that_of_the_engine_which_recomputes_norms()
    {
        var plan = TinyRuns.Plan with { PatchSize = Shape3.Cube(128), MedianShape = Shape3.Cube(128) };
        var memory = new StepMemory(plan, sizes => NetworkCost.Of(TinyRuns.Architecture, sizes), "training");
        using var network = new DerivedUNet(TinyRuns.Plan, TinyRuns.Architecture);
        using var own = new DerivedUNet(TinyRuns.Plan, TinyRuns.Architecture, unit: UnitFactory.Of<AdwUNet.Experiments.PairedUnit>());
        double BytesOf(StepMemory of) => of.Require("NVIDIA A10", free: 24e9, total: 24e9).Bytes;
        double OnCard(EncoderDecoder of) => BytesOf(memory.For(of, of.ArithmeticOn(new Device(TorchSharp.DeviceType.CUDA), Precision.Float32), new Device(TorchSharp.DeviceType.CUDA)));
        Assert.InRange(OnCard(network) / BytesOf(memory), 0.3, 0.8);
        Assert.Equal(BytesOf(memory), OnCard(own)); // autograd keeps what it needs
        Assert.Equal(BytesOf(memory), BytesOf(memory.For(network, network.ArithmeticOn(CPU), CPU)));
    }

    [Theory]
    [InlineData("CUDNN error: CUDNN_STATUS_ALLOC_FAILED")]
    [InlineData("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`")]
    public void What_libraries_on_the_card_say_without_memory_is_recognised(string message) => Assert.True(OutOfMemory.IsOfGpu(new TorchError(message)));

    [Fact]
    public void An_allocation_that_libtorch_cannot_make_is_recognised_and_other_errors_are_not()
    {
        Assert.True(OutOfMemory.Is(Record.Exception(() => empty(Endless))!));
        Assert.True(OutOfMemory.Is(new AdwUNet.Sampling.SamplingException("wrapped", Failed)));
        Assert.True(OutOfMemory.IsOfGpu(new TorchError("CUDA out of memory. Tried to allocate 2.00 GiB.")));
        Assert.False(OutOfMemory.IsOfGpu(Record.Exception(() => empty(Endless))!));
        Assert.Equal(
            "The GPU does not have enough memory for a step on 2 patches of 8×8×8; choose a smaller batch or patch (BatchSize and PatchSize of the planner's options), or a narrower network.",
            Assert.Throws<MemoryException>(() => new StepMemory(TestPlans.Small(new(1, 1, 1)) with { PatchSize = Shape3.Cube(8), BatchSize = 2 }, _ => throw new InvalidOperationException())
                .Guard<int>(() => throw new TorchError("CUDA out of memory. Tried to allocate 2.00 GiB."))).Message);
        Assert.True(OutOfMemory.Is(new TorchError("CUDA out of memory. Tried to allocate 2.00 GiB.")));
        Assert.False(OutOfMemory.Is(Record.Exception(() => ones(2).view(3))!));
        Assert.False(OutOfMemory.Is(new IOException("not enough memory on the stick")));
        Assert.InRange(OutOfMemory.FreeBytes(), 1, long.MaxValue);
    }

    [Fact]
    public void Prediction_without_enough_memory_names_a_batch_size_that_fits()
    {
        using var network = new FunctionNetwork(1, 3, image => image.shape[0] > 1 ? empty(Endless) : zeros([1, 3, .. image.shape[2..]]));
        var image = new Volume(new float[1000], 1, Shape3.Cube(10), new Spacing3(1, 1, 1));
        var error = Assert.Throws<MemoryException>(() => SlidingWindow.Predict(network, image, Shape3.Cube(8), new PredictionOptions(), CPU, cancellation: TestContext.Current.CancellationToken));
        Assert.Equal(1, error.BatchSize);
        Assert.StartsWith("There is not enough memory to segment an image of 10×10×10 into 3 classes with 2 patches of 8×8×8 at a time", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<MemoryException>(() => SlidingWindow.Predict(
            new FunctionNetwork(1, 3, _ => empty(Endless)), image, Shape3.Cube(8), new PredictionOptions { BatchSize = 1 }, CPU, cancellation: TestContext.Current.CancellationToken));
        Assert.EndsWith("no batch would fit: cut the image into parts, or use a machine with more memory.", error.Message, StringComparison.Ordinal);
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private string[] Run(string what, int attempt = 0)
    {
        using var child = Child.Start(what, _folder.PathOf($"{what}{attempt}"));
        var output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        Assert.True(child.ExitCode == 0, $"The child ended with {child.ExitCode}: {output}");
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private sealed class TorchError(string message) : System.Runtime.InteropServices.ExternalException(message);
}
