using AdwUNet.Architectures;
using AdwUNet.Experiments;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Sampling;

namespace AdwUNet.Runs.Tests.Experiments;

/// <summary>Profiles as files, and the plans that they make for datasets of any shape.</summary>
public sealed class ProfileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    // Spacing (mm) and shape of the median case.
    public static TheoryData<Spacing3, Shape3> Datasets => new()
    {
        { new(1, 1, 1), new(36, 50, 35) },
        { new(1, 1, 1), new(138, 169, 138) },
        { new(3.6, 0.61, 0.61), new(20, 320, 319) },
        { new(2.5, 0.8, 0.8), new(96, 512, 512) },
        { new(4, 1, 1), new(8, 48, 48) },
        { new(5, 1, 1), new(1, 256, 256) }, // single slices
        { new(1, 1, 1), new(1, 512, 512) },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Datasets))]
    public void Small_profiles_plan_a_patch_of_any_dataset_within_their_budget(Spacing3 spacing, Shape3 shape)
    {
        foreach (var profile in new[] { Profile.Check, Profile.Quick, Profile.Laptop, Profile.Night })
        {
            var plan = Planner.Plan(FingerprintOf(spacing, shape), profile.Planner);
            plan.Validate();
            var step = StepEstimate.Of(plan, profile.Planner);
            Assert.InRange(step.Seconds, 0, profile.Planner.StepSeconds!.Value);
            Assert.InRange(step.Bytes, 0, profile.Planner.MemoryBudget * StepEstimate.BytesPerValue);

            // The estimate is that of the supernet which the profile searches.
            var supernet = NetworkCost.Of(profile.Space(Family.AdwUNet), plan).WeightStepFlops;
            Assert.InRange(step.Operations / supernet, 0.95, 1);

            // The budget is used.
            var uncut = Enumerable.Range(0, 3).All(axis => plan.PatchSize[axis] >= plan.MedianShape[axis]);
            Assert.True(uncut || step.Seconds > 0.4 * profile.Planner.StepSeconds, $"{plan.PatchSize} uses {step.Seconds} s of {profile.Planner.StepSeconds}");
        }
    }

    [Fact]
    public void Thin_and_single_slices_have_patches_as_thin_on_laptop()
    {
        Assert.Equal(new(8, 48, 48), Planner.Plan(FingerprintOf(new(4, 1, 1), new(8, 48, 48)), Profile.Laptop.Planner).PatchSize);
        Assert.Equal(new(1, 256, 256), Planner.Plan(FingerprintOf(new(5, 1, 1), new(1, 256, 256)), Profile.Laptop.Planner).PatchSize);
        Assert.Equal(new(40, 56, 40), Planner.Plan(FingerprintOf(new(1, 1, 1), new(36, 50, 35)), Profile.Laptop.Planner).PatchSize); // hippocampus
    }

    [Theory]
    [MemberData(nameof(Datasets))]
    public void Runs_of_a_grid_draw_patches_that_any_plan_can_pool(Spacing3 spacing, Shape3 shape)
    {
        foreach (var profile in new[] { Profile.Check, Profile.Quick })
        {
            var plan = Planner.Plan(FingerprintOf(spacing, shape), profile.Planner);
            var sampling = RunSettings.Of(profile).Search.Sampling;
            sampling.Validate(plan);
            Assert.InRange(sampling.SizesOf(plan).PatchSize.Count / (double)plan.PatchSize.Count, 0.1, 0.5);
            Assert.Contains("PatchShare", Assert.Throws<SamplingException>(() => (sampling with { PatchShare = 0 }).Validate(plan)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_profile_changed_in_a_file_is_the_base_with_the_given_fields()
    {
        var path = _folder.Write("longer.json", """{ "base": "laptop", "search": { "epochs": 50 }, "searchInGrid": { "epochs": 9, "warmUpEpochs": 2 }, "planner": { "stepSeconds": 2 } }""");

        var profile = Profile.Named(path);

        Assert.Equal(Profile.Laptop with
        {
            Name = "longer",
            Search = Profile.Laptop.Search with { Epochs = 50 },
            SearchInGrid = new() { Epochs = 9, WarmUpEpochs = 2 },
            Planner = Profile.Laptop.Planner with { StepSeconds = 2 },
        }, profile with { Search = profile.Search with { Sampling = Profile.Laptop.Search.Sampling }, Training = Profile.Laptop.Training, SearchInGrid = new() { Epochs = profile.SearchInGrid!.Epochs, WarmUpEpochs = profile.SearchInGrid.WarmUpEpochs }, Prediction = Profile.Laptop.Prediction });
        Assert.Equal("longer", new Experiment(_folder.Root, "phantom", "longer.json", "cpu").Profile.Name); // beside data and runs
    }

    [Fact]
    public void A_profile_survives_its_file()
    {
        foreach (var profile in Profile.All.Append(Profile.Quick with { Search = Profile.Quick.Search with { Relaxation = new PlainSoftmax() } }))
        {
            var (path, again) = (_folder.PathOf("profile.json"), _folder.PathOf("again.json"));
            ProfileFile.Save(path, profile);
            ProfileFile.Save(again, Profile.Named(path));
            Assert.Equal(File.ReadAllText(path), File.ReadAllText(again));
        }
    }

    [Theory]
    [InlineData("""{ "base": "laptop", "search": { "epoch": 50 } }""", "is no profile at the field search.epoch: ")]
    [InlineData("""{ "base": "small" }""", "names the base \"small\"; choose one of check, quick, laptop, night, paper, paper-text.")]
    [InlineData("""{ "base": 3 }""", "is no profile: ")]
    [InlineData("""{ "name": "bare" }""", "is no profile")]
    [InlineData("""{ "base": "laptop", "training": { "epochs": -3 } }""", "cannot be used: A training of -3 epochs × 100 iterations")]
    [InlineData("""{ "base": "quick", "searchInGrid": { "iterationsPerEpoch": 0 } }""", "cannot be used: A search of ")]
    [InlineData("""{ "base": "laptop", "planner": null }""", "is no profile at the field planner: ")]
    [InlineData("[]", "is not valid")]
    public void A_damaged_profile_is_refused(string text, string fault)
    {
        var path = _folder.Write("bad.json", text);
        Assert.Contains($"{path} {fault}", Assert.Throws<ExperimentException>(() => Profile.Named(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_a_base_that_lacks_fields_is_told_of_the_base()
    {
        var path = _folder.Write("bare.json", """{ "training": { "epochs": 3 } }""");
        Assert.EndsWith(
            "To change only some fields of a profile, add its name, such as \"base\": \"laptop\".", Assert.Throws<ExperimentException>(() => Profile.Named(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_profile_file_is_named() => Assert.Contains(
        _folder.PathOf("none.json"), Assert.Throws<ExperimentException>(() => new Experiment(_folder.Root, "phantom", "none.json")).Message, StringComparison.Ordinal);

    private static Fingerprint FingerprintOf(Spacing3 spacing, Shape3 shape) => new()
    {
        Dataset = "Task00_Made",
        Modalities = ["MRI"],
        Classes = ["background", "organ"],
        Cases = [.. Enumerable.Range(0, 20).Select(i => new CaseFingerprint($"case_{i}", spacing, shape, shape))],
        Intensities = [new IntensityStatistics(0, 1, -1, 1, 0, -1, 1)],
    };
}
