using System.Text.Json;
using AdwUNet.Augmentation;
using AdwUNet.Datasets;
using AdwUNet.Imaging;
using AdwUNet.Phantom;
using AdwUNet.Planning;

namespace AdwUNet.Data.Tests.Phantom;

public sealed class PhantomDatasetTests : IDisposable
{
    private static readonly PhantomOptions Small = new() { Cases = 4, Size = new(12, 16, 12) };
    private readonly string _root = Directory.CreateTempSubdirectory("phantom-").FullName;

    private string Folder => Path.Combine(_root, "Task00_Phantom");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    public static TheoryData<string, PhantomOptions> Kinds => new()
    {
        { "mri", Small },
        { "ct", Small with { Intensities = PhantomIntensities.Ct } },
        { "thick", Small with { Spacing = new(3.6, 0.6, 0.6) } },
        { "modalities", Small with { Modalities = 4, TestCases = 1 } },
        { "parts", Small with { Parts = 4, Size = new(24, 32, 24) } },
        { "stripped", Small with { SkullStripped = true, Modalities = 2 } },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Has_the_decathlons_form(string kind, PhantomOptions options)
    {
        Assert.True(Create(Folder, options), kind);
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "dataset.json")));
        var description = json.RootElement;
        Assert.Equal(options.Name, description.GetProperty("name").GetString());
        Assert.Equal(options.Modalities, description.GetProperty("modality").EnumerateObject().Count());
        Assert.Equal(options.Parts + 1, description.GetProperty("labels").EnumerateObject().Count());
        Assert.Equal(options.Cases, description.GetProperty("numTraining").GetInt32());
        Assert.Equal(options.TestCases, description.GetProperty("test").GetArrayLength());
        Assert.Equal(options.TestCases, description.GetProperty("numTest").GetInt32());
        var training = description.GetProperty("training").EnumerateArray().ToArray();
        Assert.Equal(options.Cases, training.Length);
        foreach (var pair in training)
        {
            var image = Nifti.ReadVolume(Path.Combine(Folder, pair.GetProperty("image").GetString()!));
            var labels = Nifti.ReadLabels(Path.Combine(Folder, pair.GetProperty("label").GetString()!));
            Assert.Equal(options.Modalities, image.Channels);
            Assert.Equal(image.Shape, labels.Shape);
            for (var axis = 0; axis < 3; axis++)
            {
                Assert.Equal(options.Spacing[axis], image.Spacing[axis], 1e-6);
                Assert.Equal(options.Spacing[axis], labels.Spacing[axis], 1e-6);
                Assert.InRange(image.Shape[axis], (int)(options.Size[axis] * 0.85), (int)(options.Size[axis] * 1.15) + 1);
            }

            Assert.Equal(Enumerable.Range(0, options.Parts + 1), labels.Data.Select(label => (int)label).Distinct().Order());
            Assert.All(image.Data, value => Assert.True(float.IsFinite(value)));
        }

        var dataset = Dataset.Load(Folder);
        Assert.Empty(dataset.FindFaults(cancellation: TestContext.Current.CancellationToken));
        Assert.Equal(options.Cases, dataset.Cases.Count);
        Assert.Equal(options.Intensities == PhantomIntensities.Ct, dataset.Modalities[0] == "CT");
        Assert.Equal(["Task00_Phantom"], Directory.EnumerateFileSystemEntries(_root).Select(Path.GetFileName));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_same_options_give_the_same_bytes(string kind, PhantomOptions options)
    {
        Assert.True(Create(Folder, options), kind);
        var again = Path.Combine(_root, "again");
        Create(again, options);
        var files = Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Folder, path)).ToArray();
        Assert.Equal(1 + (2 * options.Cases) + options.TestCases, files.Length);
        Assert.All(files, file => Assert.Equal(File.ReadAllBytes(Path.Combine(Folder, file)), File.ReadAllBytes(Path.Combine(again, file))));
    }

    [Fact]
    public void More_cases_leave_the_first_as_they_are_and_another_seed_does_not()
    {
        Create(Folder, Small);
        Create(Path.Combine(_root, "more"), Small with { Cases = 6 });
        Create(Path.Combine(_root, "other"), Small with { Seed = 2 });
        byte[] Third(string folder) => File.ReadAllBytes(Path.Combine(_root, folder, "imagesTr", "phantom_003.nii.gz"));
        Assert.Equal(Third("Task00_Phantom"), Third("more"));
        Assert.NotEqual(Third("Task00_Phantom"), Third("other"));
    }

    [Fact]
    public void Existing_phantom_is_kept_and_other_content_is_refused()
    {
        Directory.CreateDirectory(Folder);
        Assert.True(Create(Folder, Small));
        Assert.False(Create(Folder, Small));
        Assert.Contains("something else", Assert.Throws<PhantomException>(() => Create(Folder, Small with { Seed = 2 })).Message);

        var mine = Path.Combine(_root, "mine");
        Directory.CreateDirectory(mine);
        File.WriteAllText(Path.Combine(mine, "notes.txt"), "");
        Assert.Throws<PhantomException>(() => Create(mine, Small));
        Assert.Throws<PhantomException>(() => Create(Path.Combine(mine, "notes.txt"), Small));
        Assert.Equal(["notes.txt"], Directory.EnumerateFileSystemEntries(mine).Select(Path.GetFileName));
    }

    [Fact]
    public void Stopping_leaves_nothing_behind()
    {
        using var cancellation = new CancellationTokenSource();
        var progress = new Reports(_ => cancellation.Cancel());
        Assert.ThrowsAny<OperationCanceledException>(() => PhantomDataset.Create(Folder, Small with { Cases = 500 }, progress, cancellation.Token));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_root));
    }

    [Fact]
    public void Progress_counts_the_cases()
    {
        var seen = new List<int>();
        PhantomDataset.Create(Folder, Small, new Reports(seen.Add), TestContext.Current.CancellationToken);
        Assert.Equal([1, 2, 3, 4], seen);
    }

    [Fact]
    public void Concurrent_creation_of_the_same_phantom_succeeds()
    {
        var inner = false;
        var other = new Reports(finished => inner |= finished == Small.Cases && Create(Folder, Small));
        Assert.False(PhantomDataset.Create(Folder, Small, other, TestContext.Current.CancellationToken));
        Assert.True(inner);
        Assert.Equal(["Task00_Phantom"], Directory.EnumerateFileSystemEntries(_root).Select(Path.GetFileName));
    }

    public static TheoryData<PhantomOptions, string> Wrong => new()
    {
        { Small with { Name = "../x" }, "../x" },
        { Small with { Cases = 0 }, "0 cases" },
        { Small with { TestCases = -1 }, "-1 test cases" },
        { Small with { Size = new(4, 50, 35) }, "too small" },
        { Small with { Size = new(100_000, 100_000, 100_000) }, "more than" },
        { Small with { SizeVariation = double.NaN }, "NaN" },
        { Small with { Spacing = new(1, 0, 1) }, "spacing" },
        { Small with { Modalities = 5 }, "5 modalities" },
        { Small with { Parts = 0 }, "0 parts" },
        { Small with { Noise = -1 }, "noise" },
        { Small with { Intensities = PhantomIntensities.Ct, SkullStripped = true }, "CT" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void An_option_out_of_range_is_named(PhantomOptions options, string named)
    {
        Assert.Contains(named, Assert.Throws<PhantomException>(() => Create(Folder, options)).Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_root));
    }

    private static bool Create(string folder, PhantomOptions options) =>
        PhantomDataset.Create(folder, options, cancellation: TestContext.Current.CancellationToken);

    private sealed class Reports(Action<int> action) : IProgress<int>
    {
        public void Report(int value) => action(value);
    }
}
