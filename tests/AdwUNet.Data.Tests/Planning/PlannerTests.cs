using System.Text.Json;
using AdwUNet.Augmentation;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Tests.Golden;

namespace AdwUNet.Data.Tests.Planning;

public class PlannerTests
{
    private const string GoldenFile = "planner.json";

    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllText(GoldenFiles.PathOf(GoldenFile))).RootElement;

    public static TheoryData<string> Tasks => [.. Golden.GetProperty("planner").EnumerateObject().Select(task => task.Name)];

    [Theory]
    [MemberData(nameof(Tasks))]
    public void Plan_equals_planner_json(string task)
    {
        var golden = Golden.GetProperty("planner").GetProperty(task);
        var plan = Planner.Plan(FingerprintOf(task, golden));

        var stages = golden.GetProperty("num_stages").GetInt32();
        var stage = golden.GetProperty("stages").EnumerateObject().Last().Value;
        Near.Same(GoldenFile, "axis order", Ints(golden, "transpose_forward"), plan.AxisOrder);
        Near.Same(GoldenFile, "spacing", Spacing(stage, "current_spacing"), plan.Spacing);
        Near.Same(GoldenFile, "median shape", Shape(stage, "median_patient_size_in_voxels"), plan.MedianShape);
        Near.Same(GoldenFile, "patch size", Shape(stage, "patch_size"), plan.PatchSize);
        Near.Same(GoldenFile, "batch size", stage.GetProperty("batch_size").GetInt32(), plan.BatchSize);
        Near.Same(GoldenFile, "pool kernels", Shapes(stage, "pool_op_kernel_sizes"), plan.PoolKernels);
        Near.Same(GoldenFile, "convolution kernels", Shapes(stage, "conv_kernel_sizes"), plan.ConvKernels);
        Near.Same(GoldenFile, "in-plane augmentation", stage.GetProperty("do_dummy_2D_data_aug").GetBoolean(), plan.InPlaneAugmentation);
        Near.Same(GoldenFile, "batch Dice", golden.GetProperty("batch_dice_3d_fullres").GetBoolean(), plan.BatchDice);
        Assert.Equal(stages == 2, plan.BatchDice);
        Near.Same(
            GoldenFile,
            "normalisation schemes",
            golden.GetProperty("normalization_schemes").EnumerateArray().Select(scheme => scheme.GetString() == "CT"),
            plan.Normalization.Select(n => n.Scheme == NormalizationScheme.CT));
        plan.Validate();
    }

    [Theory]
    [MemberData(nameof(Tasks))]
    public void Memory_estimate_and_divisor_equal_planner_json(string task)
    {
        var golden = Golden.GetProperty("planner").GetProperty(task);
        foreach (var stage in golden.GetProperty("stages").EnumerateObject().Select(stage => stage.Value))
        {
            var network = NetworkTopology.For(Spacing(stage, "current_spacing"), Shape(stage, "patch_size"), 4, 999);
            Near.Same(GoldenFile, "divisor", Shape(stage, "input_shape_must_be_divisible_by"), network.Divisor);
            Near.Same(
                GoldenFile,
                "memory estimate",
                stage.GetProperty("approx_vram").GetInt64(),
                MemoryEstimate.Of(
                    network,
                    golden.GetProperty("num_modalities").GetInt32(),
                    golden.GetProperty("num_classes_incl_bg").GetInt32(),
                    new PlannerOptions()));
        }
    }

    [Fact]
    public void Pooling_equals_planner_json()
    {
        foreach (var row in Golden.GetProperty("get_pool_and_conv_props").EnumerateArray())
        {
            var network = NetworkTopology.For(Spacing(row, "spacing"), Shape(row, "patch_size_in"), 4, 999);
            Near.Same(GoldenFile, "pool kernels", Shapes(row, "pool_op_kernel_sizes"), network.PoolKernels);
            Near.Same(GoldenFile, "convolution kernels", Shapes(row, "conv_kernel_sizes"), network.ConvKernels);
            Near.Same(GoldenFile, "patch size", Shape(row, "patch_size_out"), network.PatchSize);
            Near.Same(GoldenFile, "divisor", Shape(row, "must_be_divisible_by"), network.Divisor);
        }
    }

    [Fact]
    public void Target_spacing_equals_planner_json()
    {
        foreach (var row in Golden.GetProperty("get_target_spacing").EnumerateArray())
        {
            var found = Planner.TargetSpacing(
                [.. row.GetProperty("all_spacings").EnumerateArray().Select(Spacing)],
                [.. Shapes(row, "all_sizes")]);
            var expected = Spacing(row, "target_spacing");
            for (var axis = 0; axis < 3; axis++)
            {
                Near.Compare(Quantity.Absolute(GoldenFile, "target spacing", 1e-14), expected[axis], found[axis]);
            }
        }
    }

    // Finest 1 mm and 96 voxels; every tenth case has slices of half the thickness.
    [Theory]
    [InlineData(2.9, 20, 2.9)]
    [InlineData(3.1, 20, 1.55)]
    [InlineData(3.1, 32, 3.1)] // not fewer than a third of the other axes' voxels
    public void An_axis_is_coarse_above_three_times_the_next_and_with_under_a_third_of_its_voxels(double thickness, int slices, double expected)
    {
        const int cases = 21;
        Spacing3[] spacings = [.. Enumerable.Range(0, cases).Select(i => new Spacing3(i % 10 == 0 ? thickness / 2 : thickness, 1, 1))];
        Shape3[] shapes = [.. Enumerable.Repeat(new Shape3(slices, 96, 96), cases)];
        Assert.Equal(expected, Planner.TargetSpacing(spacings, shapes).Z, 1e-9);
    }

    [Fact]
    public void Budget_of_the_options_equals_planner_json()
    {
        var constants = Golden.GetProperty("constants");
        Near.Compare(Quantity.Absolute(GoldenFile, "memory budget", 1e-6), constants.GetProperty("ref_vram").GetDouble(), new PlannerOptions().MemoryBudget);
        Near.Same(GoldenFile, "reference batch size", constants.GetProperty("default_batch").GetInt32(), new PlannerOptions().ReferenceBatchSize);
    }

    [Fact]
    public void Options_replace_patch_batch_and_pooling()
    {
        var fingerprint = FingerprintOf("Hippocampus", Golden.GetProperty("planner").GetProperty("Hippocampus"));
        var plan = Planner.Plan(fingerprint, new PlannerOptions { PatchSize = new(30, 40, 32), BatchSize = 3, MaxPooling = 2 });
        Assert.Equal(new Shape3(32, 40, 32), plan.PatchSize);
        Assert.Equal(3, plan.BatchSize);
        Assert.Equal(2, plan.PoolCount);
        plan.Validate();
    }

    [Fact]
    public void Cases_that_cropping_shrinks_by_more_than_a_quarter_are_normalised_inside_the_mask()
    {
        var fingerprint = FingerprintOf("BrainTumour", Golden.GetProperty("planner").GetProperty("BrainTumour"));
        var cropped = fingerprint with
        {
            Cases = [.. fingerprint.Cases.Select(c => c with { OriginalShape = new(155, 240, 240) })],
        };
        Assert.All(Planner.Plan(fingerprint).Normalization, n => Assert.Equal(NormalizationScheme.ZScore, n.Scheme));
        Assert.All(Planner.Plan(cropped).Normalization, n => Assert.Equal(NormalizationScheme.MaskedZScore, n.Scheme));
    }

    [Theory]
    [InlineData(32, 33, 32)]
    [InlineData(33, 34, 34)]
    public void A_median_shape_of_a_half_is_rounded_to_even(int smaller, int larger, int expected)
    {
        var fingerprint = FingerprintOf("Hippocampus", Golden.GetProperty("planner").GetProperty("Hippocampus"));
        Shape3 Sized(int i) => new(36, 50, i % 2 == 0 ? smaller : larger);
        var mixed = fingerprint with
        {
            Cases = [.. fingerprint.Cases.Select((c, i) => c with { Shape = Sized(i), OriginalShape = Sized(i) })],
        };
        Assert.Equal(new Shape3(36, 50, expected), Planner.Plan(mixed).MedianShape);
    }

    [Fact]
    public void A_fingerprint_without_cases_is_refused()
    {
        var fingerprint = FingerprintOf("Heart", Golden.GetProperty("planner").GetProperty("Heart")) with { Cases = [] };
        Assert.Throws<PlanException>(() => Planner.Plan(fingerprint));
    }

    internal static Fingerprint FingerprintOf(string task, JsonElement golden)
    {
        var schemes = golden.GetProperty("normalization_schemes").EnumerateArray().Select(s => s.GetString() == "CT" ? "CT" : "MRI").ToArray();
        var shape = Shape(golden, "median_shape");
        return new Fingerprint
        {
            Dataset = task,
            Modalities = schemes,
            Classes = [.. Enumerable.Range(0, golden.GetProperty("num_classes_incl_bg").GetInt32()).Select(i => $"class {i}")],
            Cases = [.. Enumerable.Range(0, golden.GetProperty("num_cases").GetInt32())
                .Select(i => new CaseFingerprint($"case_{i:000}", Spacing(golden, "spacing"), shape, shape))],
            Intensities = [.. schemes.Select(_ => new IntensityStatistics(1, 2, -3, 4, 1, -5, 6))],
        };
    }

    private static int[] Ints(JsonElement element, string name) => Ints(element.GetProperty(name));

    private static int[] Ints(JsonElement element) => [.. element.EnumerateArray().Select(v => v.GetInt32())];

    private static Shape3 Shape(JsonElement element, string name) => Shape3.From(Ints(element, name));

    private static IEnumerable<Shape3> Shapes(JsonElement element, string name) =>
        element.GetProperty(name).EnumerateArray().Select(row => Shape3.From(Ints(row)));

    private static Spacing3 Spacing(JsonElement element, string name) => Spacing(element.GetProperty(name));

    private static Spacing3 Spacing(JsonElement element) => Spacing3.From([.. element.EnumerateArray().Select(v => v.GetDouble())]);
}
