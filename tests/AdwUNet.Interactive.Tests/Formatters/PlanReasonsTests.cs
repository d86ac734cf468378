using AdwUNet.Augmentation;
using AdwUNet.Experiments;
using AdwUNet.Imaging;
using AdwUNet.Planning;

namespace AdwUNet.Interactive.Tests.Formatters;

public sealed class PlanReasonsTests
{
    [Fact]
    public void Patch_of_a_small_isotropic_dataset_is_the_whole_case()
    {
        var text = Explain(Fingerprint("MRI", new Spacing3(1, 1, 1), new Shape3(36, 50, 35)));

        Assert.Contains("the median of each axis over 4 cases", text, StringComparison.Ordinal);
        Assert.Contains("the whole median case", text, StringComparison.Ordinal);
        Assert.Contains("z 40→20→10→5, y 56→28→14→7, x 40→20→10→5", text, StringComparison.Ordinal);
        Assert.Contains("3 along every axis", text, StringComparison.Ordinal);
        Assert.Contains("over all voxels, because cropping leaves 100 %", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Thick_slices_delay_pooling_and_kernels_along_z()
    {
        var text = Explain(Fingerprint("MRI", new Spacing3(3.6, 0.61, 0.61), new Shape3(20, 320, 319)));

        Assert.Contains("z 20→10→5, y 320→160→80→40→20→10→5", text, StringComparison.Ordinal);
        Assert.Contains("an axis is not pooled while", text, StringComparison.Ordinal);
        Assert.Contains("1 along the others", text, StringComparison.Ordinal);
        Assert.Contains("longest edge of the patch is 16.0 times its first", text, StringComparison.Ordinal);
        Assert.Contains("shortened until a training step fits the memory", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(36, "the median case holds 0.7 patches, fewer than 4")] // the whole case, rounded up
    [InlineData(300, "4 or more: a single patch may contain none of a class")]
    public void Whether_Dice_is_summed_over_the_batch_follows_from_how_much_a_patch_shows(int edge, string reason) => Assert.Contains(
        reason, Explain(Fingerprint("MRI", new Spacing3(1, 1, 1), Shape3.Cube(edge))), StringComparison.Ordinal);

    [Fact]
    public void Small_patch_alone_does_not_plan_a_low_resolution_stage() => Assert.Contains(
        "but nnU-Net's coarser stage has at least half of its voxels",
        Explain(Fingerprint("MRI", new Spacing3(3.6, 0.61, 0.61), new Shape3(20, 320, 319)), new() { PatchSize = new(24, 32, 24) }), StringComparison.Ordinal);

    [Fact]
    public void Poolings_are_counted_before_the_patch_is_rounded_up() => Assert.Contains(
        "64→32→16→8", Explain(Fingerprint("MRI", new Spacing3(1, 1, 1), Shape3.Cube(62))), StringComparison.Ordinal);

    [Fact]
    public void CT_is_clipped_to_the_percentiles_of_the_fingerprint() => Assert.Contains(
        "clipped to -96..215 HU", Explain(Fingerprint("CT", new Spacing3(2.5, 0.8, 0.8), new Shape3(96, 512, 512))), StringComparison.Ordinal);

    [Fact]
    public void Cropping_that_removes_most_voxels_normalises_non_zero_voxels() => Assert.Contains(
        "cropping leaves 22 % of a scan (below 75 %)",
        Explain(Fingerprint("T1", new Spacing3(1, 1, 1), new Shape3(100, 100, 100), original: new Shape3(150, 150, 200))), StringComparison.Ordinal);

    [Fact]
    public void Values_set_by_the_profile_are_explained_with_the_values_of_the_rules() => Assert.Contains(
        "set by the profile; nnU-Net's rules give 40×56×40",
        Explain(Fingerprint("MRI", new Spacing3(1, 1, 1), new Shape3(36, 50, 35)), new() { PatchSize = new(24, 32, 24) }), StringComparison.Ordinal);

    [Fact]
    public void A_patch_within_a_smaller_budget_is_explained_with_the_budget_and_what_a_step_takes() => Assert.Contains(
        "shortened until a training step fits the profile's budget of 1 GB and 0.1 s a step (at 100 GFLOP/s): it takes 0.05 GB and 0.096 s; nnU-Net's own budget gives 40×56×40",
        Explain(Fingerprint("MRI", new Spacing3(1, 1, 1), new Shape3(36, 50, 35)), Profile.Quick.Planner), StringComparison.Ordinal);

    [Fact]
    public void A_small_case_within_a_smaller_budget_says_so() => Assert.Contains(
        "the whole median case, rounded up to a multiple that the poolings divide; it fits the profile's budget of 2 GB and 0.6 s a step (at 100 GFLOP/s): it takes",
        Explain(Fingerprint("MRI", new Spacing3(4, 1, 1), new Shape3(8, 48, 48)), Profile.Laptop.Planner), StringComparison.Ordinal);

    private static string Explain(Fingerprint fingerprint, PlannerOptions? options = null) =>
        Tables.Plan(Planner.Plan(fingerprint, options), fingerprint, options).Text;

    private static Fingerprint Fingerprint(string modality, Spacing3 spacing, Shape3 shape, Shape3? original = null) => new()
    {
        Dataset = "Task00_Made",
        Modalities = [modality],
        Classes = ["background", "organ"],
        Cases = [.. Enumerable.Range(0, 4).Select(i => new CaseFingerprint($"case_{i}", spacing, original ?? shape, shape))],
        Intensities = [new IntensityStatistics(Mean: 78, StandardDeviation: 73, Percentile005: -96, Percentile995: 215, Median: 86, Min: -990, Max: 3000)],
    };
}
