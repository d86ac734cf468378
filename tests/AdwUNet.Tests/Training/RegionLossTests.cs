using AdwUNet.Planning;
using AdwUNet.Sampling;
using AdwUNet.Tests.Extensions;
using AdwUNet.Tests.Planning;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Training;

/// <summary>Losses and watched Dice of regions and of ignored voxels against their formulas, computed voxel by voxel in double precision.</summary>
public sealed class RegionLossTests
{
    private const double Tolerance = 2e-6; // relative, of single precision
    private const int Samples = 2;
    private const int Ignore = 3;
    private const double Smooth = 1e-5;
    private static readonly long[] Size = [3, 4, 5];
    private static readonly int Voxels = 60;

    // Label 1 is in one region, label 2 in both.
    private static readonly LabelScheme Regions = new() { Regions = [new("whole", [1, 2]), new("core", [2])], RegionsClassOrder = [1, 2] };

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void The_loss_of_regions_is_Dice_and_binary_cross_entropy_as_in_nnU_Net_v2(bool batchDice, bool ignores)
    {
        using var scope = NewDisposeScope();
        var plan = Plan(Regions with { IgnoreLabel = ignores ? Ignore : null }) with { BatchDice = batchDice };
        var (logits, labels) = Sample(outputs: 2, labels: ignores ? 4 : 3, seed: 1);
        var (x, label) = (Values(logits), labels.data<long>().ToArray());
        bool Counts(int n, int v) => label[(n * Voxels) + v] != Ignore;
        bool Truth(int n, int r, int v) => Regions.Regions[r].Labels.Contains((int)label[(n * Voxels) + v]);
        double Logit(int n, int r, int v) => x[(((n * 2) + r) * Voxels) + v];
        var (crossEntropy, counted) = (0.0, 0);
        foreach (var (n, r, v) in Everywhere(2).Where(place => Counts(place.Sample, place.Voxel)))
        {
            crossEntropy += Math.Max(Logit(n, r, v), 0) - (Truth(n, r, v) ? Logit(n, r, v) : 0) + Math.Log(1 + Math.Exp(-Math.Abs(Logit(n, r, v))));
            counted++;
        }

        // With an ignore label it is the mean over voxels, not over voxels and regions.
        var expected = (crossEntropy / (ignores ? counted / 2 : counted))
            - SoftDice(2, batchDice, Counts, (n, r, v) => 1 / (1 + Math.Exp(-Logit(n, r, v))), Truth);
        Near(expected, DeepSupervision.Of(plan).Forward([logits], [labels]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_loss_of_classes_leaves_ignored_voxels_out_as_in_nnU_Net_v2(bool batchDice)
    {
        using var scope = NewDisposeScope();
        var plan = Plan(new() { IgnoreLabel = Ignore }) with { BatchDice = batchDice };
        var (logits, labels) = Sample(outputs: 3, labels: 4, seed: 2);
        var (x, label) = (Values(logits), labels.data<long>().ToArray());
        bool Counts(int n, int v) => label[(n * Voxels) + v] != Ignore;
        double Exp(int n, int c, int v) => Math.Exp(x[(((n * 3) + c) * Voxels) + v]);
        double Probability(int n, int c, int v) => Exp(n, c, v) / (Exp(n, 0, v) + Exp(n, 1, v) + Exp(n, 2, v));
        var counted = Everywhere(1).Where(place => Counts(place.Sample, place.Voxel)).ToArray();
        Assert.InRange(counted.Length, 1, (Samples * Voxels) - 1);
        var crossEntropy = counted.Average(place => -Math.Log(Probability(place.Sample, (int)label[(place.Sample * Voxels) + place.Voxel], place.Voxel)));
        var expected = crossEntropy - SoftDice(2, batchDice, Counts, (n, r, v) => Probability(n, r + 1, v), (n, r, v) => label[(n * Voxels) + v] == r + 1);
        Near(expected, DeepSupervision.Of(plan).Forward([logits], [labels]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Without_ignored_voxels_an_ignore_label_changes_no_loss_of_classes(bool batchDice)
    {
        using var scope = NewDisposeScope();
        var (logits, labels) = Sample(outputs: 3, labels: 3, seed: 3);
        var plan = Plan(null) with { BatchDice = batchDice };
        var expected = DeepSupervision.Of(plan).Forward([logits], [labels]);
        Near(expected.item<float>(), DeepSupervision.Of(plan with { Labels = new() { IgnoreLabel = Ignore } }).Forward([logits], [labels]));
    }

    public static TheoryData<bool, SegmentationLoss?> Losses => new()
    {
        { false, null }, { true, null }, { false, new ScaledCrossEntropy(2) }, { true, new OwnRegionLoss() }, { false, new OwnMaskedLoss() },
    };

    [Theory]
    [MemberData(nameof(Losses))]
    public void Ignored_voxels_have_no_gradient_at_any_resolution(bool regions, SegmentationLoss? loss)
    {
        using var scope = NewDisposeScope();
        var plan = Plan((regions ? Regions : new()) with { IgnoreLabel = Ignore });
        var (fine, fineLabels) = Sample(plan.OutputCount, labels: 4, seed: 4);
        var (coarse, coarseLabels) = Sample(plan.OutputCount, labels: 4, seed: 5);
        fine.requires_grad = coarse.requires_grad = true;
        new DeepSupervision(loss ?? DefaultLoss(plan), [0.75, 0.25], plan).Forward([fine, coarse], [fineLabels, coarseLabels]).backward();
        foreach (var (logits, labels) in new[] { (fine, fineLabels), (coarse, coarseLabels) })
        {
            var gradient = logits.grad!.abs().sum(1);
            Assert.Equal(0, gradient[labels.eq(Ignore)].max().item<float>());
            Assert.True(gradient[labels.ne(Ignore)].min().item<float>() > 0);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_batch_of_ignored_voxels_alone_has_a_finite_loss_without_gradient(bool regions)
    {
        using var scope = NewDisposeScope();
        var plan = Plan((regions ? Regions : new()) with { IgnoreLabel = Ignore });
        var (logits, labels) = Sample(plan.OutputCount, labels: 4, seed: 6);
        logits.requires_grad = true;
        var loss = DeepSupervision.Of(plan).Forward([logits], [full_like(labels, Ignore)]);
        loss.backward();
        Assert.Equal(-1, loss.item<float>(), 1e-2); // no cross-entropy; Dice is smooth / smooth
        Assert.Equal(0, logits.grad!.abs().max().item<float>());
    }

    [Fact]
    public void A_loss_without_a_mask_of_its_own_sees_certain_background_in_ignored_voxels()
    {
        using var scope = NewDisposeScope();
        var (logits, labels) = Sample(outputs: 3, labels: 4, seed: 7);
        var counts = labels.ne(Ignore);
        var expected = 2 * nn.functional.cross_entropy(logits, labels, ignore_index: Ignore, reduction: nn.Reduction.Sum).item<float>() / (Samples * Voxels);
        Near(expected, new DeepSupervision(new ScaledCrossEntropy(2), [1], Plan(new() { IgnoreLabel = Ignore })).Forward([logits], [labels]));
    }

    [Fact]
    public void A_loss_of_classes_is_not_silently_used_for_regions()
    {
        using var scope = NewDisposeScope();
        var (logits, labels) = Sample(outputs: 2, labels: 3, seed: 8);
        Assert.ThrowsAny<Exception>(() => new DeepSupervision(new ScaledCrossEntropy(2), [1], Plan(Regions)).Forward([logits], [labels]));
        Assert.ThrowsAny<Exception>(() => new DeepSupervision(new DiceCrossEntropyLoss(false), [1], Plan(Regions)).Forward([logits], [labels]));
    }

    [Fact]
    public void Watched_Dice_counts_regions_and_no_ignored_voxel()
    {
        // Two batches of eight voxels; the last two of each are ignored. whole (above 0): prediction 4 and 2, reference 4 and 3, common 3 and 2.
        // core: prediction 1 and 0, reference 2 and 0, common 1 and 0.
        using var scope = NewDisposeScope();
        var dice = new OnlineDice(Plan(Regions with { IgnoreLabel = Ignore }));
        Assert.Equal([null, null], dice.PerClass);
        dice.Add(Row([-1, 1, 1, 1, 1, -1, 1, 1], [-1, -1, 1, -1, -1, -1, 1, 1]), Labels(1, 1, 2, 2, 0, 0, 3, 3));
        dice.Add(Row([1, 1, 0, -1, -1, -1, 1, 1], [-1, -1, -1, 0, -1, -1, 1, 1]), Labels(1, 1, 1, 0, 0, 0, 3, 3));
        Assert.Equal([2.0 * 5 / 13, 2.0 * 1 / 3], dice.PerClass);
    }

    [Fact]
    public void Watched_Dice_of_classes_counts_no_ignored_voxel()
    {
        // Class 1: prediction 2, reference 3, common 2; class 2: prediction 2, reference 1, common 1.
        using var scope = NewDisposeScope();
        var dice = new OnlineDice(Plan(new() { IgnoreLabel = Ignore }));
        dice.Add(Row([0, 0, 0, 0, 1, 0, 0, 0], [1, 1, 0, 0, 0, 0, 1, 1], [0, 0, 1, 1, 0, 0, 0, 0]), Labels(1, 1, 1, 2, 0, 3, 3, 3));
        Assert.Equal([2.0 * 2 / 5, 2.0 * 1 / 3], dice.PerClass);
    }

    private static Plan Plan(LabelScheme? labels) => TestPlans.Small(new(1, 1, 1)) with { Labels = labels };

    private static SegmentationLoss DefaultLoss(Plan plan) => plan.HasRegions ? new DiceBinaryCrossEntropyLoss(plan.BatchDice) : new DiceCrossEntropyLoss(plan.BatchDice);

    private static (Tensor Logits, Tensor Labels) Sample(int outputs, int labels, ulong seed)
    {
        using var generator = new Generator(seed);
        return (randn([Samples, outputs, .. Size], generator: generator) * 2, randint(0, labels, [Samples, .. Size], generator: generator, dtype: int64));
    }

    private static IEnumerable<(int Sample, int Output, int Voxel)> Everywhere(int outputs) =>
        from n in Enumerable.Range(0, Samples) from r in Enumerable.Range(0, outputs) from v in Enumerable.Range(0, Voxels) select (n, r, v);

    /// <summary>The mean over outputs, and without batch Dice over samples, of (2 Σ p y + s) / (Σ p + Σ y + s).</summary>
    private static double SoftDice(
        int outputs, bool batchDice, Func<int, int, bool> counts, Func<int, int, int, double> probability, Func<int, int, int, bool> truth) =>
        Everywhere(outputs).GroupBy(place => (place.Output, batchDice ? 0 : place.Sample)).Average(group =>
        {
            var places = group.Where(place => counts(place.Sample, place.Voxel)).ToArray();
            var common = places.Where(place => truth(place.Sample, place.Output, place.Voxel)).Sum(place => probability(place.Sample, place.Output, place.Voxel));
            var total = places.Sum(place => probability(place.Sample, place.Output, place.Voxel) + (truth(place.Sample, place.Output, place.Voxel) ? 1 : 0));
            return ((2 * common) + Smooth) / (total + Smooth);
        });

    private static double[] Values(Tensor tensor) => tensor.to(float64).data<double>().ToArray();

    private static Tensor Row(params float[][] outputs) => stack([.. outputs.Select(values => from_array(values))]).view(1, outputs.Length, 1, 1, -1);

    private static Tensor Labels(params long[] labels) => from_array(labels).view(1, 1, 1, -1);

    private static void Near(double expected, Tensor actual) => Assert.InRange(actual.item<float>() / expected, 1 - Tolerance, 1 + Tolerance);

    /// <summary>A loss of regions that knows no mask.</summary>
    private sealed record OwnRegionLoss : SegmentationLoss
    {
        public override Tensor Forward(Tensor logits, Tensor target)
        {
            Assert.Equal((ScalarType.Bool, logits.dim()), (target.dtype, target.dim()));
            return (logits.sigmoid() - target.to(float32)).square().mean();
        }
    }

    /// <summary>A loss of classes that uses the mask.</summary>
    private sealed record OwnMaskedLoss : SegmentationLoss
    {
        public override Tensor Forward(Tensor logits, Tensor target) => throw new NotSupportedException("The other method is called.");

        public override Tensor Forward(Tensor logits, Tensor target, Tensor mask)
        {
            Assert.Equal((ScalarType.Bool, true), (mask.dtype, mask.shape.SequenceEqual(target.shape)));
            return nn.functional.cross_entropy(logits, target, reduction: nn.Reduction.None)[mask].mean();
        }
    }
}
