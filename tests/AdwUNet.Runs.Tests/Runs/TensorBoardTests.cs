using System.Numerics;
using AdwUNet.Architectures;
using AdwUNet.Runs;
using AdwUNet.Training;
using Tensorboard;

namespace AdwUNet.Runs.Tests;

/// <summary>The event files of a run, read back by the format's own definition: length, masked CRC-32C, protobuf, masked CRC-32C.</summary>
public sealed class TensorBoardTests : IDisposable
{
    private const float Rounding = 1e-6f; // of float32

    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_search_writes_its_history_and_the_shares_of_every_option()
    {
        using var search = new SearchRun(
            _folder.PathOf("run"), TinyRuns.Plan, new SearchSpace { Family = Family.AdwUNet, BaseWidth = 6, MaxWidth = 12, MaxDepth = 2 },
            new(TinyRuns.Cases(0), TinyRuns.Cases(10), TinyRuns.Cases(20, 1)), TinyRuns.SearchOptions)
        { WritesTensorBoard = true };
        using (var stop = new CancellationTokenSource())
        {
            var first = new Immediate<StepProgress>(step => { if (step is { Epoch: 1, Iteration: 1 }) stop.Cancel(); });
            Assert.Throws<OperationCanceledException>(() => search.Run(first, stop.Token).ToList());
        }

        _ = search.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        Assert.Equal(2, Directory.GetFiles(_folder.PathOf("run", "tensorboard")).Length); // one of each session
        var scalars = Read(_folder.PathOf("run", "tensorboard"));
        foreach (var epoch in search.History)
        {
            Assert.Equal(epoch.WeightLoss, scalars["loss/weights", epoch.Epoch], Rounding);
            Assert.Equal(epoch.Temperature, scalars["temperature", epoch.Epoch], Rounding);
            foreach (var block in epoch.Logits.Blocks)
                Assert.Equal(1, scalars.Sum($"share/{block.Name}/depth ", epoch.Epoch), Rounding);
        }

        var alphas = search.History[^1].Logits.Blocks[1].Alphas[0];
        Assert.Equal(Decoding.Softmax(alphas)[^1], scalars["share/conv_blocks_context.1.1/width 12", TinyRuns.Epochs - 1], Rounding);
        Assert.False(scalars.Has("loss/architecture", 0)); // the warm-up has none
        Assert.True(scalars.Has("loss/architecture", 1));
    }

    [Fact]
    public void A_training_writes_its_history_and_no_run_writes_unasked()
    {
        using (var training = TinyRuns.TrainingRun(_folder.PathOf("plain"))) _ = training.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        Assert.False(Directory.Exists(_folder.PathOf("plain", "tensorboard")));
        using var written = new TrainingRun(
            _folder.PathOf("run"), TinyRuns.Plan, TinyRuns.Architecture, TinyRuns.Cases(0), TinyRuns.Cases(20, 1), TinyRuns.TrainingOptions)
        { WritesTensorBoard = true };
        _ = written.Run(cancellation: TestContext.Current.CancellationToken).ToList();
        var scalars = Read(_folder.PathOf("run", "tensorboard"));
        Assert.All(written.History, epoch => Assert.Equal(epoch.ValidationLoss, scalars["loss/validation", epoch.Epoch], Rounding));
        Assert.Equal(TinyRuns.Files(_folder.PathOf("plain")), TinyRuns.Files(_folder.PathOf("run"))); // the other files are the same
    }

    private static Scalars Read(string folder)
    {
        var values = new Dictionary<(string, long), float>();
        foreach (var path in Directory.GetFiles(folder))
        {
            using var reader = new BinaryReader(File.OpenRead(path));
            while (reader.BaseStream.Position < reader.BaseStream.Length)
            {
                var header = reader.ReadBytes(sizeof(long));
                Assert.Equal(Masked(header), reader.ReadUInt32());
                var bytes = reader.ReadBytes((int)BitConverter.ToInt64(header));
                Assert.Equal(Masked(bytes), reader.ReadUInt32());
                var entry = Event.Parser.ParseFrom(bytes);
                foreach (var value in entry.Summary?.Value ?? []) values.Add((value.Tag, entry.Step), value.SimpleValue);
            }
        }

        return new(values);
    }

    private static uint Masked(byte[] bytes)
    {
        var crc = ~bytes.Aggregate(uint.MaxValue, BitOperations.Crc32C);
        return BitOperations.RotateRight(crc, 15) + 0xa282ead8;
    }

    private sealed class Scalars(Dictionary<(string Tag, long Step), float> values)
    {
        public float this[string tag, int epoch] => values[(tag, epoch)];

        public bool Has(string tag, int epoch) => values.ContainsKey((tag, epoch));

        public float Sum(string start, int epoch) => values.Where(v => v.Key.Step == epoch && v.Key.Tag.StartsWith(start, StringComparison.Ordinal)).Sum(v => v.Value);
    }
}
