using System.Text.Json.Nodes;
using AdwUNet.Augmentation;
using AdwUNet.Datasets;
using AdwUNet.Evaluation;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using AdwUNet.Sampling;

namespace AdwUNet.Data.Tests.Datasets;

/// <summary>Regions, the ignore label and label values with gaps, as nnU-Net v2 describes them.</summary>
public sealed class LabelSchemeTests : IDisposable
{
    private static readonly Shape3 Shape = new(4, 6, 8);
    private static readonly Spacing3 Spacing = new(1, 1, 1);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Regions_and_the_ignore_label_are_read_from_an_nnU_Net_v2_description()
    {
        var dataset = Write("""{"background": 0, "whole": [1, 2, 3], "core": [2, 3], "enhancing": 3, "ignore": 4}""", "[1, 2, 3]", i => (short)(i % 5));
        Assert.Equal(["background", "label 1", "label 2", "enhancing"], dataset.Classes);
        var scheme = dataset.Labels!;
        Assert.Equal(["whole", "core", "enhancing"], scheme.Regions.Select(region => region.Name));
        Assert.Equal([1, 2, 3], scheme.Regions[0].Labels);
        Assert.Equal([2, 3], scheme.Regions[1].Labels);
        Assert.Equal([3], scheme.Regions[2].Labels);
        Assert.Equal([1, 2, 3], scheme.RegionsClassOrder);
        Assert.Equal(4, scheme.IgnoreLabel);
        Assert.Empty(dataset.FindFaults(cancellation: TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("""{"background": 0, "a": 1, "ignore": 3}""", null, "the ignore label is 3, but must be 2")]
    [InlineData("""{"background": 0, "a": [1, 2], "b": 2}""", null, "has no \"regions_class_order\"")]
    [InlineData("""{"background": 0, "a": [1, 2], "b": 2}""", "[1]", "regions_class_order has 1 entries for 2 regions")]
    [InlineData("""{"background": 0, "a": [1, 2], "b": 2}""", "[1, 7]", "regions_class_order is 1, 7")]
    [InlineData("""{"background": 0, "a": 1, "b": 1}""", null, "gives the value 1 to both \"a\" and \"b\"")]
    [InlineData("""{"background": 0, "a": 1, "b": 3}""", null, "RenumberLabels = true")]
    [InlineData("""{"a": 1, "b": 2}""", null, "names no background")]
    [InlineData("""{"background": 0, "a": []}""", null, "gives no value to \"a\"")]
    [InlineData("""{"background": 0, "a": -1}""", null, "expected a label value")]
    public void Labels_that_contradict_themselves_are_refused(string labels, string? order, string expected) => Assert.Contains(
        expected, Assert.Throws<DatasetException>(() => Write(labels, order, _ => 0)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"background": 0, "a": [1, 2], "b": 2}""", "[1, 2]", 2, new[] { "background", "a", "b" })]
    [InlineData("""{"background": 0, "a": 1, "b": 2, "ignore": 3}""", null, 3, new[] { "background", "a", "b" })]
    [InlineData("""{"background": 0, "both": [1, 2], "ignore": 3}""", "[1]", 1, new[] { "background", "both" })]
    public void Labels_are_kept_in_fingerprint_and_plan_and_give_the_networks_outputs(string labels, string? order, int outputs, string[] names)
    {
        // The shape is large enough for a plan of one pooling.
        var dataset = Write(labels, order, i => (short)(i % 3), shape: new(16, 16, 16));
        var fingerprint = Fingerprint.Compute(dataset, cancellation: TestContext.Current.CancellationToken);
        var path = _folder.PathOf("fingerprint.json");
        fingerprint.Save(path);
        Assert.True(LabelScheme.AreSame(fingerprint.Labels, Fingerprint.Load(path).Labels));
        Planner.Plan(fingerprint).Save(_folder.PathOf("plan.json"));
        var plan = Plan.Load(_folder.PathOf("plan.json"));
        Assert.True(LabelScheme.AreSame(dataset.Labels, plan.Labels));
        Assert.Equal((outputs, order is not null), (plan.OutputCount, plan.HasRegions));
        Assert.Equal(names, plan.TargetNames);
    }

    [Fact]
    public void A_region_with_the_background_has_no_ignored_voxels()
    {
        Shape3 row = new(1, 1, 4);
        LabelScheme scheme = new() { Regions = [new("all but one", [0, 2]), new("one", [1])], RegionsClassOrder = [2, 1], IgnoreLabel = 3 };
        var result = CaseResult.Compare("x", new LabelMap([0, 1, 0, 0], row, Spacing), new LabelMap([0, 1, 3, 3], row, Spacing), ["background", "one", "two"], scheme);
        Assert.Equal([1, 1], result.Classes.Select(c => c.ReferenceVoxels));
        Assert.Equal([1, 1], result.Classes.Select(c => c.PredictionVoxels));
    }

    [Fact]
    public void Between_ignored_and_other_voxels_no_background_is_made_up()
    {
        // Four labels of equal weight: none has one half.
        short[] labels = [1, 2, 3, 0];
        short Middle(short? ignore) => Resampling.ResizeLabels(new VolumeView<short>(labels, new(1, 2, 2)), new(1, 3, 3), null, ignore)[4];
        Assert.Equal([0, 3, 0], new short?[] { null, 3, 4 }.Select(Middle));

        short Turned(short? ignore)
        {
            var result = new short[8];
            var path = new SamplePath(Affine.Rotation(0, 0, 0).Scaled(1e-3), default, default, Shape3.Cube(2));
            LabelVote.Sample([.. labels, .. labels], Shape3.Cube(2), path, result, ignore);
            return Assert.Single(result.Distinct());
        }

        Assert.Equal([0, 3, 0], new short?[] { null, 3, 4 }.Select(Turned));
    }

    [Fact]
    public void In_turned_and_mirrored_patches_no_background_is_made_up_beside_ignored_voxels()
    {
        // Half of the volume is ignored, the other half alternates between two labels; the patch never leaves the volume.
        var (size, patch) = (Shape3.Cube(40), Shape3.Cube(8));
        var item = new FakeCase("half", size, new float[size.Count], [.. Enumerable.Range(0, (int)size.Count).Select(i => (short)(i % 40 < 20 ? 3 : 1 + (i / 40 % 2)))]);
        var augmenter = new PatchAugmenter(
            new AugmentationOptions { Spatial = new() { RotationProbability = 1, ScalingProbability = 1 } }, TestPlans.Small(Spacing) with { Labels = new() { IgnoreLabel = 3 } });
        var (image, labels) = (new float[patch.Count], new short[patch.Count]);
        var seen = new HashSet<short>();
        for (var i = 0; i < 20; i++)
        {
            augmenter.Fill(new PatchLocation(item, Shape3.Cube(16)), patch, image, labels, new RandomSequence(1, "test", i));
            seen.UnionWith(labels);
        }

        Assert.Equal(new short[] { 1, 2, 3 }, seen.Order());
    }

    [Fact]
    public void Ignored_voxels_are_in_no_fingerprint_and_no_list_for_sampling()
    {
        // The first half of the volume is ignored; its intensities would double the mean.
        var half = (int)Shape.Count / 2;
        var dataset = Write("""{"background": 0, "a": 1, "ignore": 2}""", null, i => (short)(i < half ? 2 : i % 2), i => i < half ? 1000 : 10 + i % 2);
        var fingerprint = Fingerprint.Compute(dataset, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(11, fingerprint.Intensities[0].Max);
        var plan = TestPlans.Small(Spacing) with { Classes = dataset.Classes, Labels = dataset.Labels };
        Preprocessor.Run(dataset, plan, _folder.PathOf("store"), cancellation: TestContext.Current.CancellationToken);
        using var store = CaseStore.Open(_folder.PathOf("store"));
        Assert.True(LabelScheme.AreSame(dataset.Labels, store.Plan.Labels));
        var foreground = store.Cases[0].ForegroundVoxels;
        Assert.Equal([0, 1], foreground.Keys.Order());
        Assert.Equal(Enumerable.Range(half, half), foreground[0].Order());
        Assert.Equal(Enumerable.Range(half, half).Where(i => i % 2 == 1), foreground[1].Order());
        Assert.Contains((short)2, store.Cases[0].Labels.ToArray());
    }

    [Fact]
    public void Patches_of_a_dataset_with_an_ignore_label_are_centred_on_labelled_voxels()
    {
        var size = new Shape3(20, 20, 20);
        var voxel = size.Offset(15, 4, 11);
        var sampler = new PatchSampler([new AnnotatedCase(FakeCase.Random(1, size), voxel)], new Shape3(4, 4, 4), 2, 0);
        for (var sample = 0; sample < 20; sample++)
            Assert.Equal(new Shape3(13, 2, 9), sampler.Draw(0, new RandomSequence(1, "test", 0, sample)).Origin);
    }

    [Fact]
    public void Voxels_of_a_region_are_listed_for_each_region_that_they_belong_to()
    {
        LabelScheme scheme = new() { Regions = [new("whole", [1, 2]), new("core", [2])], RegionsClassOrder = [1, 2] };
        var lists = ForegroundSampler.Draw([0, 1, 2, 1, 2, 0], 3, scheme, new PreprocessingOptions());
        Assert.Equal([1, 2], lists.Keys);
        Assert.Equal([1, 2, 3, 4], lists[1].Order());
        Assert.Equal([2, 4], lists[2].Order());
    }

    [Fact]
    public void Regions_are_evaluated_without_ignored_voxels()
    {
        // By hand: of 8 voxels in a row two are ignored (the last ones). whole (1 or 2): reference voxels 0 to 3, prediction 1 to 4, common 3;
        // core (2): reference 2 and 3, prediction 3, common 1.
        Shape3 row = new(1, 1, 8);
        LabelMap reference = new([1, 1, 2, 2, 0, 0, 3, 3], row, Spacing), prediction = new([0, 1, 1, 2, 1, 0, 2, 1], row, Spacing);
        LabelScheme scheme = new() { Regions = [new("whole", [1, 2]), new("core", [2])], RegionsClassOrder = [1, 2], IgnoreLabel = 3 };
        var result = CaseResult.Compare("x", prediction, reference, ["background", "label 1", "core"], scheme);
        Assert.Equal(["whole", "core"], result.Classes.Select(c => c.Class));
        Assert.Equal([2.0 * 3 / 8, 2.0 * 1 / 3], result.Classes.Select(c => c.Dice!.Value));
        Assert.Equal([4, 2], result.Classes.Select(c => c.ReferenceVoxels));
        Assert.Equal([4, 1], result.Classes.Select(c => c.PredictionVoxels));

        // Surfaces are all voxels of a row. whole: distances 1, 0, 0, 0 and 0, 0, 0, 1; the 95th percentile of eight is 1. core: 1, 0 and 0.
        Assert.Equal([1, 0.9], result.Classes.Select(c => Math.Round(c.HausdorffDistance95!.Value, 9)));
    }

    [Fact]
    public void An_ignore_label_without_regions_counts_in_no_class()
    {
        Shape3 row = new(1, 1, 4);
        var result = CaseResult.Compare(
            "x", new LabelMap([1, 1, 1, 0], row, Spacing), new LabelMap([1, 2, 2, 0], row, Spacing), ["background", "a"], new LabelScheme { IgnoreLabel = 2 });
        Assert.Equal(1, Assert.Single(result.Classes).Dice);
    }

    [Fact]
    public void Label_values_with_gaps_are_numbered_anew_where_that_is_asked_for()
    {
        var dataset = Write("""{"background": 0, "a": 3, "b": 255}""", null, i => (short)(i % 3 == 0 ? 0 : i % 3 == 1 ? 3 : 255), options: new DatasetOptions { RenumberLabels = true });
        Assert.Equal(["background", "a", "b"], dataset.Classes);
        Assert.Equal([0, 3, 255], dataset.Labels!.FileValues);
        Assert.Equal(Enumerable.Range(0, (int)Shape.Count).Select(i => (short)(i % 3)), dataset.Cases[0].ReadLabels().Data);
        Assert.Empty(dataset.FindFaults(cancellation: TestContext.Current.CancellationToken));
        Assert.Equal([0, 3, 255], Fingerprint.Compute(dataset, cancellation: TestContext.Current.CancellationToken).Labels!.FileValues);
    }

    private Dataset Write(
        string labels, string? order, Func<int, short> label, Func<int, float>? intensity = null, DatasetOptions? options = null, Shape3? shape = null)
    {
        var size = shape ?? Shape;
        Directory.CreateDirectory(_folder.PathOf("imagesTr"));
        Directory.CreateDirectory(_folder.PathOf("labelsTr"));
        float[] image = [.. Enumerable.Range(0, (int)size.Count).Select(i => intensity?.Invoke(i) ?? i + 1)];
        ImageFile.WriteVolume(_folder.PathOf("imagesTr", "x_0000.nii.gz"), new Volume(image, 1, size, Spacing));
        ImageFile.WriteLabels(_folder.PathOf("labelsTr", "x.nii.gz"), new LabelMap([.. Enumerable.Range(0, (int)size.Count).Select(label)], size, Spacing));
        JsonObject description = new() { ["channel_names"] = new JsonObject { ["0"] = "MRI" }, ["labels"] = JsonNode.Parse(labels), ["numTraining"] = 1, ["file_ending"] = ".nii.gz" };
        if (order is not null) description["regions_class_order"] = JsonNode.Parse(order);
        _folder.Write(Dataset.DescriptionFile, description.ToJsonString());
        return Dataset.Load(_folder.Root, options);
    }

    private sealed class AnnotatedCase(FakeCase inner, int voxel) : IPreprocessedCase
    {
        public string Id => inner.Id;

        public int Channels => inner.Channels;

        public Shape3 Shape => inner.Shape;

        public ReadOnlySpan<float> Image => inner.Image;

        public ReadOnlySpan<short> Labels => inner.Labels;

        public IReadOnlyDictionary<int, int[]> ForegroundVoxels { get; } = new Dictionary<int, int[]> { [0] = [voxel] };
    }
}
