using System.Buffers.Binary;
using System.Text;
using AdwUNet.Architectures;
using AdwUNet.Datasets;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using AdwUNet.Runs;
using AdwUNet.Sampling;
using AdwUNet.Search;
using AdwUNet.Storage;
using AdwUNet.Tests.Golden;
using AdwUNet.Tests.Planning;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Runs.Tests.Robustness;

/// <summary>Files that the project reads, damaged: each is read or refused by the file's and the field's name.</summary>
public sealed class FileFuzzTests : IDisposable
{
    private const int JsonTries = 3000;
    private const int CheckpointTries = 400;

    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Promise("A damaged dataset.json is read, or refused by file and field")]
    public void A_damaged_dataset_file_is_read_or_refused()
    {
        using var dataset = new DecathlonFolder();
        var path = Path.Combine(dataset.Root, "dataset.json");
        FuzzJson("dataset.json", path, dataset.Description.ToJsonString(), () =>
        {
            var read = Dataset.Load(dataset.Root);
            Assert.All(read.Cases, item => Assert.StartsWith(dataset.Root, item.ImagePath, StringComparison.Ordinal));
            Assert.All(read.Classes.Concat(read.Modalities), Assert.NotNull);
        });
    }

    [Fact]
    [Promise("A damaged dataset.json of nnU-Net v2 is read, or refused by file and field")]
    public void A_damaged_nnU_Net_v2_description_is_read_or_refused()
    {
        Directory.CreateDirectory(_folder.PathOf("imagesTr"));
        _folder.Write(Path.Combine("imagesTr", "x_0000.nii.gz"), "not opened");
        const string text = """
            {"name": "Toy", "channel_names": {"0": "CT", "1": "noNorm"}, "labels": {"background": 0, "whole": [1, 2], "core": 2, "ignore": 3},
             "regions_class_order": [1, 2], "numTraining": 1, "file_ending": ".nii.gz"}
            """;
        FuzzJson("dataset.json of nnU-Net v2", _folder.PathOf("dataset.json"), text, () =>
        {
            var read = Dataset.Load(_folder.Root);
            Assert.All(read.Cases, item => Assert.StartsWith(_folder.Root, item.ImagePath, StringComparison.Ordinal));
            Assert.All(read.Classes.Concat(read.Modalities), Assert.NotNull);
            Assert.Null(read.Labels?.Fault(read.Classes.Count));
        });
    }

    [Fact]
    [Promise("A damaged plan.json is read, or refused by file and field")]
    public void A_damaged_plan_file_is_read_or_refused()
    {
        var path = _folder.PathOf("plan.json");
        TinyRuns.Plan.Save(path);
        FuzzJson("plan.json", path, File.ReadAllText(path), () =>
        {
            var plan = Plan.Load(path);
            plan.Save(_folder.PathOf("again.json"));
            Assert.Equal(plan.PoolCount, Augmentation.DownsampledTargets.Shapes(plan.PatchSize, plan.PoolKernels).Count);
            Assert.True(NetworkCost.Of(SearchSpace.Published(Family.AdwUNet), plan).Weights > 0);
        });
    }

    [Fact]
    [Promise("A damaged fingerprint is read and planned from, or refused by file and field")]
    public void A_damaged_fingerprint_is_read_or_refused()
    {
        using var dataset = new SmallDataset(3);
        var path = _folder.PathOf("fingerprint.json");
        Fingerprint.Compute(dataset.Load(), cancellation: TestContext.Current.CancellationToken).Save(path);
        var fuzz = JsonFuzz("fingerprint", path, File.ReadAllText(path), () =>
        {
            var fingerprint = Fingerprint.Load(path);
            try
            {
                _ = Planner.Plan(fingerprint);
            }
            catch (PlanException)
            {
                // A plan that cannot be made is told with the dataset's name, not with the file's.
            }
        });
        Run(fuzz, JsonTries);
        PromiseTable.Kept(Figure(JsonTries, fuzz.Refused));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[[4, 6], [8], [6, 4]]")]
    [InlineData("2021-06-01 12:00: Current arch: [[48, 48], [80, 80, 96], [np.int64(8)]]\n")]
    public void A_damaged_architecture_text_is_read_or_refused(string text)
    {
        var path = _folder.PathOf("architecture.txt");
        Run(ArchitectureFuzz(path, random => new(ByteDamage.Of(Encoding.UTF8.GetBytes(text), random))), JsonTries);
    }

    [Fact]
    [Promise("A damaged architecture.json is read, or refused by file and field")]
    public void A_damaged_architecture_file_is_read_or_refused()
    {
        var (path, tries, refused) = (_folder.PathOf("architecture.json"), 0, 0);
        foreach (var architecture in (Architecture[])[TinyRuns.Architecture, Architecture.FromDepths([2, 1, 2])])
        {
            ArchitectureFile.Save(path, architecture);
            var text = File.ReadAllText(path);
            var fuzz = ArchitectureFuzz(path, random => JsonDamage.Of(text, random));
            Run(fuzz, JsonTries);
            (tries, refused) = (tries + JsonTries, refused + fuzz.Refused);
        }

        PromiseTable.Kept(Figure(tries, refused));
    }

    [Theory]
    [InlineData('[')]
    [InlineData('(')]
    [InlineData(' ')]
    [InlineData('-')]
    public void A_long_line_of_one_character_is_no_architecture_and_takes_no_time(char character)
    {
        var path = _folder.Write("architecture.txt", $"arch: [[{new string(character, 1 << 20)}x");
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Assert.Throws<ArchitectureException>(() => ArchitectureFile.Load(path));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 20);
    }

    [Fact]
    [Promise("A damaged config.json of a search or a training is read, or refused by file and field")]
    public void A_damaged_config_file_is_read_or_refused()
    {
        using (TinyRuns.Search(_folder.PathOf("search")))
        using (TinyRuns.TrainingRun(_folder.PathOf("training")))
        {
        }

        var search = _folder.PathOf("search", "config.json");
        var training = _folder.PathOf("training", "config.json");
        var first = JsonFuzz("config.json of a search", search, File.ReadAllText(search), () => RunConfig.Load<SearchConfig>(search, SearchConfig.KindOfRun, config => config));
        var second = JsonFuzz("config.json of a training", training, File.ReadAllText(training), () => RunConfig.Load<TrainingConfig>(training, TrainingConfig.KindOfRun, config => config));
        Run(first, JsonTries);
        Run(second, JsonTries);

        // The same file as that of a run that is opened to be continued: any other setting is refused.
        var config = TinyRuns.TrainingConfig;
        var opened = JsonFuzz("config.json of a run to continue", training, TextOf(config), () => new RunFolder(_folder.PathOf("training")).UseConfig(config, CPU, Arithmetic.Libtorch()));
        Run(new FuzzRun
        {
            Name = opened.Name,
            Path = opened.Path,
            Damage = opened.Damage,
            Read = opened.Read,
            IsRefusal = opened.IsRefusal,
            MentionedAs = _folder.PathOf("training"),
        }, JsonTries);
        PromiseTable.Kept(Figure(2 * JsonTries, first.Refused + second.Refused));
    }

    [Fact]
    [Promise("A damaged safetensors file is read, or refused by file and tensor")]
    public void A_damaged_safetensors_file_is_read_or_refused()
    {
        var path = _folder.PathOf("weights.safetensors");
        using (var scope = NewDisposeScope())
        {
            Safetensors.Save(
                path,
                new Dictionary<string, Tensor> { ["a"] = arange(5), ["b.weight"] = ones(2, 3), ["half"] = ones(7, float16), ["flag"] = ones(3, ScalarType.Bool) },
                new Dictionary<string, string> { ["state"] = "{}", ["format"] = "pt" });
        }

        var whole = File.ReadAllBytes(path);
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(whole);
        var (header, data) = (Encoding.UTF8.GetString(whole, sizeof(long), length), whole[(sizeof(long) + length)..]);
        var fuzz = new FuzzRun
        {
            Name = "safetensors",
            Path = path,
            Damage = random => random.Next(3) == 0 ? new(ByteDamage.Of(whole, random)) : WithHeader(OrAnyTensor(JsonDamage.Of(header, random)), data),
            Read = _ =>
            {
                using var scope = NewDisposeScope();
                var (tensors, metadata) = Safetensors.Load(path);
                Assert.All(metadata.Values, Assert.NotNull);
                Assert.InRange(tensors.Values.Sum(tensor => tensor.numel() * tensor.dtype.ElementSize()), 0, new FileInfo(path).Length);
            },
            IsRefusal = error => error is SafetensorsException,
        };
        Run(fuzz, 2 * JsonTries);
        PromiseTable.Kept(Figure(2 * JsonTries, fuzz.Refused));
    }

    [Fact]
    [Promise("A damaged checkpoint is continued from, or refused by file and field")]
    public void A_damaged_checkpoint_is_continued_from_or_refused()
    {
        var folder = _folder.PathOf("run");
        var path = Path.Combine(folder, "checkpoint.safetensors");
        using (var search = TinyRuns.Search(folder))
        {
            _ = search.Run(cancellation: TestContext.Current.CancellationToken).First();
        }

        var whole = File.ReadAllBytes(path);
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(whole);
        var (header, data) = (Encoding.UTF8.GetString(whole, sizeof(long), length), whole[(sizeof(long) + length)..]);
        var state = System.Text.Json.Nodes.JsonNode.Parse(header)!["__metadata__"]!["state"]!.GetValue<string>();
        var fuzz = new FuzzRun
        {
            Name = "checkpoint",
            Path = path,
            Damage = random => random.Next(2) == 0 ? WithHeader(OrAnyTensor(JsonDamage.Of(header, random)), data) : WithState(JsonDamage.Of(state, random), header, data),
            Read = _ =>
            {
                using var search = TinyRuns.Search(folder);
            },
            IsRefusal = error => error is RunException or SafetensorsException,
            MentionedAs = folder,

            // The network that is to be filled is there before the checkpoint is.
            FixedAllocation = 8 << 20,
        };
        Run(fuzz, CheckpointTries);
        PromiseTable.Kept(Figure(CheckpointTries, fuzz.Refused));
    }

    [Fact]
    [Promise("A damaged preprocessed case or store is read, or refused by its name")]
    public void A_damaged_preprocessed_case_is_read_or_refused()
    {
        using var dataset = new SmallDataset(1);
        Preprocessor.Run(dataset.Load(), TestPlans.Small(SmallDataset.Spacing), dataset.StoreFolder, cancellation: TestContext.Current.CancellationToken);
        var (refused, tries) = (0, 0);
        foreach (var name in (string[])["case_00.case", "store.json"])
        {
            var path = Path.Combine(dataset.StoreFolder, name);
            var whole = File.ReadAllBytes(path);
            var fuzz = new FuzzRun
            {
                Name = name,
                Path = path,
                Damage = random => name == "store.json" ? JsonDamage.Of(Encoding.UTF8.GetString(whole), random) with { Fields = null } : DamagedCase(whole, random),
                Read = _ =>
                {
                    using var store = CaseStore.Open(dataset.StoreFolder);
                    foreach (var item in store.Cases)
                    {
                        Assert.Equal(item.Shape.Count, item.Labels.Length);
                        Assert.Equal(item.Geometry.OriginalShape, item.Geometry.Restore(new float[item.Shape.Count], 1).Shape);
                    }
                },
                IsRefusal = error => error is PreprocessingException,
                MentionedAs = dataset.StoreFolder,
            };
            Run(fuzz, JsonTries);
            (tries, refused) = (tries + JsonTries, refused + fuzz.Refused);
            File.WriteAllBytes(path, whole);
        }

        PromiseTable.Kept(Figure(tries, refused));
    }

    private static Damaged DamagedCase(byte[] whole, Random random)
    {
        const int prefix = 12;
        if (random.Next(3) == 0)
        {
            return new(ByteDamage.Of(whole, random));
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(whole.AsSpan(prefix - sizeof(int)));
        var damaged = JsonDamage.Of(Encoding.UTF8.GetString(whole, prefix, length), random);
        var changed = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(changed, damaged.Bytes.Length);
        return new([.. whole[..(prefix - sizeof(int))], .. changed, .. damaged.Bytes, .. whole[(prefix + length)..]]);
    }

    /// <summary>A tensor that is gone from the header leaves a hole: only its neighbours can be named.</summary>
    private static Damaged OrAnyTensor(Damaged header) => header.Fields is null ? header : header with { Fields = [.. header.Fields, "the tensor '", "the data", "follow the header"] };

    private static Damaged WithHeader(Damaged header, byte[] data)
    {
        var length = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Bytes.Length);
        return header with { Bytes = [.. length, .. header.Bytes, .. data] };
    }

    private static Damaged WithState(Damaged state, string header, byte[] data)
    {
        var json = System.Text.Json.Nodes.JsonNode.Parse(header)!;
        json["__metadata__"]!["state"] = Encoding.UTF8.GetString(state.Bytes);
        return WithHeader(state with { Bytes = Encoding.UTF8.GetBytes(json.ToJsonString()) }, data);
    }

    private static string TextOf(object config) => System.Text.Json.JsonSerializer.Serialize(config, config.GetType(), JsonFile.Options);

    private static FuzzRun ArchitectureFuzz(string path, Func<Random, Damaged> damage) => new()
    {
        Name = "architecture",
        Path = path,
        Damage = damage,
        Read = _ => Assert.NotEmpty(ArchitectureFile.Load(path).ToString()),
        IsRefusal = error => error is ArchitectureException,
    };

    private static FuzzRun JsonFuzz(string name, string path, string text, Action read) => new()
    {
        Name = name,
        Path = path,
        Damage = random => JsonDamage.Of(text, random),
        Read = _ => read(),
        IsRefusal = error => error is AdwUNetException,
    };

    private static void FuzzJson(string name, string path, string text, Action read)
    {
        var fuzz = JsonFuzz(name, path, text, read);
        Run(fuzz, JsonTries);
        PromiseTable.Kept(Figure(JsonTries, fuzz.Refused));
    }

    private static void Run(FuzzRun fuzz, int tries)
    {
        fuzz.Run(tries);
        Assert.InRange(fuzz.Refused, tries / 5, tries);
    }

    private static string Figure(int tries, int refused) => $"{tries:N0} damaged files, {refused:N0} of them refused";
}
