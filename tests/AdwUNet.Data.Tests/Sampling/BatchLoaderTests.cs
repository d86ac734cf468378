using AdwUNet.Augmentation;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using AdwUNet.Sampling;
using TorchSharp;

namespace AdwUNet.Data.Tests.Sampling;

public class BatchLoaderTests
{
    private const ulong Seed = 12345;
    private static readonly Shape3 Patch = new(8, 16, 24);
    private static readonly SamplingOptions Options = new() { Augmentation = AugmentationOptions.Default };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Tensors alive that this thread made; other tests run at the same time.</summary>
    private static long LiveTensors => DisposeScopeManager.Statistics.ThreadTotalLiveCount;

    [Fact]
    public void Shapes_and_types_are_those_of_the_contract()
    {
        using var loader = Loader(Cases(channels: 2), FakeCase.Plan(Patch, batchSize: 3, channels: 2), threads: 0);
        using var batch = loader.Next(Stop);
        Assert.Equal([3, 2, 8, 16, 24], batch.Image.shape);
        Assert.Equal(torch.ScalarType.Float32, batch.Image.dtype);
        Assert.Equal([[3, 8, 16, 24], [3, 4, 8, 12], [3, 4, 4, 6]], batch.Targets.Select(t => t.shape));
        Assert.All(batch.Targets, target => Assert.Equal(torch.ScalarType.Int64, target.dtype));
        Assert.All(batch.Targets, target => Assert.True(target.min().item<long>() >= 0));
    }

    [Fact]
    public void Number_of_threads_does_not_change_a_batch()
    {
        var expected = Take(Cases(), threads: 0, count: 7);
        Assert.Equal(expected, Take(Cases(), threads: 1, count: 7));
        Assert.Equal(expected, Take(Cases(), threads: 3, count: 7, prefetch: 5));
        Assert.Equal(expected, Take(Cases(), BatchLoader.Automatic, count: 7));
    }

    [Fact]
    public void An_automatic_number_of_threads_grows_while_the_consumer_waits()
    {
        using var loader = Loader(Cases(), FakeCase.Plan(new(16, 32, 32)), BatchLoader.Automatic);
        for (var i = 0; i < 12; i++)
        {
            loader.Next(Stop).Dispose(); // this consumer does nothing but wait
        }

        Assert.Equal(Math.Min(2, Math.Max(1, Environment.ProcessorCount - 1)), loader.Threads);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_loader_continues_from_the_number_of_a_batch(int threads)
    {
        var whole = Take(Cases(), threads, count: 6);
        Assert.Equal(whole[4..], Take(Cases(), threads, count: 2, firstBatch: 4));
    }

    [Fact]
    public void Seed_stream_and_number_each_give_another_batch()
    {
        var batches = Take(Cases(), threads: 0, count: 2);
        Assert.NotEqual(batches[0], batches[1]);
        Assert.NotEqual(batches[0], Take(Cases(), threads: 0, count: 1, seed: Seed + 1)[0]);
        Assert.NotEqual(batches[0], Take(Cases(), threads: 0, count: 1, stream: "other")[0]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Position_is_the_number_of_the_next_batch(int threads)
    {
        using var loader = Loader(Cases(), FakeCase.Plan(Patch), threads, firstBatch: 10);
        Assert.Equal(10, loader.Position);
        loader.Next(Stop).Dispose();
        Assert.Equal(11, loader.Position);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void An_error_surfaces_with_the_case_and_stays(int threads)
    {
        var broken = new FakeCase("case_broken", Patch, new float[Patch.Count], new short[Patch.Count])
        {
            Failure = new IOException("disk is gone"),
        };
        using var loader = Loader([broken], FakeCase.Plan(Patch), threads);
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var error = Assert.Throws<SamplingException>(() => loader.Next(Stop));
            Assert.Contains("case_broken", error.Message, StringComparison.Ordinal);
            Assert.IsType<IOException>(error.InnerException);
            Assert.Equal(0, loader.Position);
        }
    }

    [Fact]
    public void No_tensor_outlives_loader_and_batches()
    {
        var before = LiveTensors;
        using (var loader = Loader(Cases(), FakeCase.Plan(Patch), threads: 2))
        {
            using (torch.NewDisposeScope())
            {
                var opened = LiveTensors;
                using var batch = loader.Next(Stop);
                Assert.Equal(opened + 4, LiveTensors); // of the batch; the loader has memory for as many ahead as before
            }
        }

        Assert.Equal(before, LiveTensors);
    }

    [Fact]
    public void A_batch_survives_the_dispose_scope_it_was_taken_in()
    {
        using var loader = Loader(Cases(), FakeCase.Plan(Patch), threads: 0);
        Batch batch;
        using (torch.NewDisposeScope())
        {
            batch = loader.Next(Stop);
        }

        Assert.Equal(2, batch.Image.shape[0]);
        batch.Dispose();
    }

    [Fact]
    public async Task Disposing_ends_a_wait()
    {
        using var reached = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        var slow = new BlockingCase(FakeCase.Random(1, Patch), reached, release);
        var loader = Loader([slow], FakeCase.Plan(Patch), threads: 1);
        var waiting = Task.Run(() => Assert.Throws<ObjectDisposedException>(() => loader.Next(Stop)), Stop);
        reached.Wait(Stop);
        var disposing = Task.Run(loader.Dispose, Stop);
        await waiting;
        release.Set();
        await disposing;
    }

    [Fact]
    public async Task Cancelling_ends_a_wait_and_loses_no_batch()
    {
        using var reached = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        var slow = new BlockingCase(FakeCase.Random(1, Patch), reached, release);
        using var loader = Loader([slow], FakeCase.Plan(Patch), threads: 1);
        using var cancel = new CancellationTokenSource();
        var waiting = Task.Run(
            () => Assert.ThrowsAny<OperationCanceledException>(() => loader.Next(cancel.Token)), Stop);
        reached.Wait(Stop);
        await cancel.CancelAsync();
        await waiting;
        release.Set();
        Assert.Equal(0, loader.Position);
        loader.Next(Stop).Dispose();
        Assert.Equal(1, loader.Position);
    }

    [Fact]
    public void A_disposed_loader_says_so()
    {
        var loader = Loader(Cases(), FakeCase.Plan(Patch), threads: 1);
        loader.Dispose();
        Assert.Throws<ObjectDisposedException>(() => loader.Next(Stop));
        loader.Dispose();
    }

    [Fact]
    public void No_cases_or_other_channels_are_refused()
    {
        Assert.Throws<SamplingException>(() => Loader([], FakeCase.Plan(Patch), threads: 0));
        var error = Assert.Throws<SamplingException>(
            () => Loader(Cases(channels: 2), FakeCase.Plan(Patch), threads: 0));
        Assert.Contains("case_001", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, 5, 7)]
    [InlineData(1, 30, 40)]
    public void Volumes_smaller_than_the_patch_are_padded(int z, int y, int x)
    {
        var size = new Shape3(z, y, x);
        var ones = new FakeCase("ones", size, [.. Enumerable.Repeat(1f, (int)size.Count)], [.. Enumerable.Repeat((short)2, (int)size.Count)]);
        using var loader = new BatchLoader([ones], FakeCase.Plan(Patch), new(), Seed, "small", threads: 0);
        using var batch = loader.Next(Stop);

        // Whatever the position, a voxel is inside in both or outside in both.
        Assert.Equal(batch.Image.data<float>().Select(v => (long)(2 * v)), batch.Targets[0].data<long>());
        var inside = batch.Image[0].sum().item<float>();
        Assert.Equal(Math.Min(z, Patch.Z) * Math.Min(y, Patch.Y) * Math.Min(x, Patch.X), inside);
    }

    [Fact]
    public void Options_replace_the_sizes_of_the_plan()
    {
        var options = new SamplingOptions { BatchSize = 5, PatchSize = new(4, 8, 8) };
        using var loader = new BatchLoader(Cases(), FakeCase.Plan(Patch), options, Seed, "sizes", threads: 0);
        using var batch = loader.Next(Stop);
        Assert.Equal([5, 1, 4, 8, 8], batch.Image.shape);
    }

    private static List<IPreprocessedCase> Cases(int channels = 1) =>
        [.. Enumerable.Range(1, 4).Select(i => FakeCase.Random(i, new(6 + (4 * i), 20, 22 + i), channels))];

    private static BatchLoader Loader(
        IReadOnlyList<IPreprocessedCase> cases, Plan plan, int threads, long firstBatch = 0) =>
        new(cases, plan, Options, Seed, "test", firstBatch, threads);

    private static float[][] Take(
        IReadOnlyList<IPreprocessedCase> cases,
        int threads,
        int count,
        long firstBatch = 0,
        ulong seed = Seed,
        string stream = "test",
        int prefetch = 2)
    {
        using var loader = new BatchLoader(cases, FakeCase.Plan(Patch), Options, seed, stream, firstBatch, threads, prefetch);
        var result = new float[count][];
        for (var i = 0; i < count; i++)
        {
            using var batch = loader.Next(Stop);
            result[i] = [.. batch.Image.data<float>(), .. batch.Targets.SelectMany(t => t.data<long>().Select(v => (float)v))];
        }

        return result;
    }

    private sealed class BlockingCase(FakeCase inner, ManualResetEventSlim reached, ManualResetEventSlim release) : IPreprocessedCase
    {
        public string Id => inner.Id;

        public int Channels => inner.Channels;

        public Shape3 Shape => inner.Shape;

        public ReadOnlySpan<float> Image
        {
            get
            {
                reached.Set();
                release.Wait(Stop);
                return inner.Image;
            }
        }

        public ReadOnlySpan<short> Labels => inner.Labels;

        public IReadOnlyDictionary<int, int[]> ForegroundVoxels => inner.ForegroundVoxels;
    }
}
