using AdwUNet.Augmentation;
using AdwUNet.Datasets;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Preprocessing;
using AdwUNet.Runs;
using AdwUNet.Sampling;

namespace AdwUNet.Runs.Tests.Robustness;

/// <summary>Data as they should not be, from the files on: handled as nnU-Net v1 does, or refused in a sentence that names the case.</summary>
public class OddDataTests
{
    [Fact]
    [Promise("Voxels that are not a number become 0 and train like any other")]
    public void Voxels_that_are_not_a_number_become_0()
    {
        using var dataset = new OddDataset().Case((i, value) => i % 50 == 0 ? float.NaN : value).Cases(1);
        dataset.RunThrough();
        using var store = CaseStore.Open(dataset.StoreFolder);
        Assert.DoesNotContain(store["case_00"].Image.ToArray(), value => !float.IsFinite(value));

        // The same as if 0 had stood there, but for the crop, which takes a NaN for something.
        using var zeros = new OddDataset().Case((i, value) => i % 50 == 0 ? 0 : value).Cases(1);
        using var same = zeros.Preprocess();
        Assert.Equal(same["case_00"].Image.ToArray(), store["case_00"].Image.ToArray());
        PromiseTable.Kept("2 datasets, from the files to a segmentation");
    }

    [Fact]
    [Promise("An infinite voxel is refused with its case and position, at the first step that reads it")]
    public void An_infinite_voxel_is_refused()
    {
        using var dataset = new OddDataset().Cases(1).Case((i, value) => i == 17 ? float.NegativeInfinity : value);
        Assert.Contains("case_01", Assert.Throws<DatasetException>(() => dataset.Preprocess()).Message, StringComparison.Ordinal);

        var plan = dataset.Plan(); // such voxels say nothing about intensities
        var error = Assert.Throws<PreprocessingException>(() => Preprocessor.Run(
            dataset.Load(), plan, dataset.StoreFolder, cancellation: TestContext.Current.CancellationToken));
        Assert.Contains("Case case_01: voxel 17 of the image is infinite", error.Message, StringComparison.Ordinal);
        Assert.Throws<PreprocessingException>(() => CaseStore.Open(dataset.StoreFolder));

        using var sound = new OddDataset().Cases(1);
        sound.RunThrough();
        using var model = TrainedModel.Load(sound.RunFolder);
        error = Assert.Throws<PreprocessingException>(() => model.Segmenter().Segment(dataset.Image("case_01"), cancellation: TestContext.Current.CancellationToken));
        Assert.Contains(dataset.Image("case_01"), error.Message, StringComparison.Ordinal);
        PromiseTable.Kept("refused by the check, by preprocessing and by prediction");
    }

    [Theory]
    [InlineData("MRI")]
    [InlineData("CT")]
    [Promise("A constant image becomes 0 and trains like any other")]
    public void A_constant_image_becomes_0(string modality)
    {
        using var dataset = new OddDataset { Modality = modality }.Case((_, _) => 7).Cases(1);
        dataset.RunThrough();
        using var store = CaseStore.Open(dataset.StoreFolder);
        if (modality == "MRI")
        {
            Assert.All(store["case_00"].Image.ToArray(), value => Assert.Equal(0, value));
        }

        using var only = new OddDataset { Modality = modality }.Case((_, _) => 7);
        using var constant = only.Preprocess();
        Assert.All(constant["case_00"].Image.ToArray(), value => Assert.Equal(0, value));
        PromiseTable.Kept("MRI and CT, from the files to a segmentation");
    }

    [Fact]
    [Promise("An image that is zero everywhere is refused by its case")]
    public void An_image_of_zeros_is_refused_by_its_case()
    {
        using var dataset = new OddDataset().Cases(1).Case((_, _) => 0);
        var error = Assert.Throws<PreprocessingException>(() => dataset.Plan());
        Assert.Equal("Case case_01: The image is zero everywhere; correct the file or remove the case from the dataset.", error.Message);
        PromiseTable.Kept("one of two cases");
    }

    [Fact]
    [Promise("A case without any label is trained on patches from anywhere")]
    public void A_case_without_any_label_trains_on_patches_from_anywhere()
    {
        using var dataset = new OddDataset().Case(label: (_, _) => 0).Cases(1);
        var (_, epoch, _) = dataset.RunThrough();

        // The first case is the one to watch by: it has nothing to find.
        Assert.All(epoch.ValidationDice, dice => Assert.True(dice is null or 0));
        using var store = CaseStore.Open(dataset.StoreFolder);
        Assert.Empty(store["case_00"].ForegroundVoxels);
        PromiseTable.Kept("one of two cases, from the files to a segmentation");
    }

    [Fact]
    [Promise("A dataset without any label is refused")]
    public void A_dataset_without_any_label_is_refused()
    {
        using var dataset = new OddDataset().Case(label: (_, _) => 0);
        Assert.Equal(
            "No case of Odd has a foreground voxel; check its label files.", Assert.Throws<PlanException>(() => dataset.Plan()).Message);
        PromiseTable.Kept("one dataset");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [Promise("Volumes of a single slice are planned, trained on and segmented")]
    public void Volumes_of_a_single_slice_are_trained_on(double thickness)
    {
        using var dataset = new OddDataset()
            .Case(shape: new Shape3(1, 32, 24), spacing: new Spacing3(thickness, 1, 1))
            .Case(shape: new Shape3(1, 24, 32), spacing: new Spacing3(thickness, 1, 1));
        var (plan, _, segmentation) = dataset.RunThrough();
        Assert.Equal(1, plan.PatchSize[0]);
        Assert.True(plan.InPlaneAugmentation);
        Assert.All(plan.PoolKernels, pool => Assert.Equal(1, pool[0]));
        Assert.Equal(new Shape3(1, 32, 24), segmentation.Shape);
        PromiseTable.Kept("slices of 1 mm and of 5 mm");
    }

    [Fact]
    [Promise("Patches larger than the volume are padded")]
    public void Patches_larger_than_the_volume_are_padded()
    {
        using var dataset = new OddDataset { Planner = new() { PatchSize = Shape3.Cube(24), MaxPooling = 2, BatchSize = 2 } }.Cases(2);
        var (plan, _, _) = dataset.RunThrough();
        Assert.Equal(Shape3.Cube(24), plan.PatchSize);
        PromiseTable.Kept("24×24×24 on 12×16×14 voxels");
    }

    [Fact]
    [Promise("A class that no training case has stays a class, whose Dice is not counted")]
    public void A_class_that_no_training_case_has_stays_a_class()
    {
        using var dataset = new OddDataset { Classes = 5 }.Cases(2);
        var (plan, epoch, _) = dataset.RunThrough();
        Assert.Equal(5, plan.Classes.Count);
        Assert.Equal(4, epoch.ValidationDice.Count);

        // Null only where it was not predicted either: then there is nothing to divide.
        Assert.All(epoch.ValidationDice.Skip(2), dice => Assert.True(dice is null or 0));
        PromiseTable.Kept("2 of 5 classes absent");
    }

    [Fact]
    [Promise("One case is trained on, and refused where a split is asked for")]
    public void One_case_is_trained_on_and_refused_where_a_split_is_asked_for()
    {
        using var dataset = new OddDataset().Cases(1);
        dataset.RunThrough();
        foreach (var split in (Func<Split>[])[() => Splits.Fold(["case_00"], 0), () => Splits.All(["case_00"])])
        {
            Assert.StartsWith("Found 1 cases where a split needs at least", Assert.Throws<PlanException>(split).Message, StringComparison.Ordinal);
        }
        PromiseTable.Kept("one case, two kinds of split");
    }

    [Fact]
    [Promise("Labels with a gap are a class that is absent; labels beyond the classes are refused by their case")]
    public void Labels_with_a_gap_are_a_class_that_is_absent_and_labels_beyond_are_refused()
    {
        using var gap = new OddDataset { Classes = 4 }.Case(label: (_, label) => label == 2 ? (short)3 : label).Cases(1);
        gap.RunThrough();
        using var beyond = new OddDataset { Classes = 4 }.Cases(1).Case(label: (_, label) => label == 2 ? (short)9 : label);
        Assert.Contains("case_01", Assert.Throws<DatasetException>(() => beyond.Preprocess()).Message, StringComparison.Ordinal);
        var error = Assert.Throws<PreprocessingException>(() => Preprocessor.Run(
            beyond.Load(), beyond.Plan(), beyond.StoreFolder, cancellation: TestContext.Current.CancellationToken));
        Assert.StartsWith("Case case_01: the label 9 is none of the plan's 4 classes", error.Message, StringComparison.Ordinal);
        PromiseTable.Kept("labels 0, 1, 3 of 4 classes trained on, a label 9 refused");
    }

    [Theory]
    [InlineData(200)]
    [InlineData(300)]
    [Promise("Hundreds of classes are planned, trained on and segmented")]
    public void Hundreds_of_classes_are_trained_and_segmented(int classes)
    {
        var last = (short)(classes - 1);
        using var dataset = new OddDataset { Classes = classes }.Case(label: (i, label) => label == 2 ? (short)(i % classes) : label).Cases(1);
        var (plan, epoch, _) = dataset.RunThrough();
        Assert.Equal(classes, plan.Classes.Count);
        Assert.Equal(last, epoch.ValidationDice.Count);
        using var store = CaseStore.Open(dataset.StoreFolder);
        Assert.Contains(last, store["case_00"].Labels.ToArray());
        Assert.Equal(last, store["case_00"].ForegroundVoxels.Keys.Max());
        PromiseTable.Kept("200 and 300 classes, from the files to a segmentation");
    }

    [Fact]
    public void Volumes_too_small_to_pool_are_refused()
    {
        using var dataset = new OddDataset().Case(shape: new Shape3(4, 5, 6));
        Assert.Contains("are too small for a U-Net", Assert.Throws<PlanException>(() => dataset.Preprocess()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_spacing_that_asks_for_endless_voxels_is_refused_by_its_case()
    {
        using var dataset = new OddDataset().Cases(2).Case(spacing: new Spacing3(1, 1e9, 1));
        var error = Assert.Throws<PreprocessingException>(() => dataset.Preprocess());
        Assert.StartsWith("Case case_02: resampled from 1×1000000000×1 mm", error.Message, StringComparison.Ordinal);

        using var mixed = new OddDataset().Case(spacing: new Spacing3(1, 1e-9, 1)).Case(spacing: new Spacing3(1, 1e-9, 1)).Case(spacing: new Spacing3(1, 1e9, 1));
        Assert.IsAssignableFrom<AdwUNetException>(Record.Exception(() => mixed.Preprocess()));
    }

    [Fact]
    public void Every_way_of_drawing_a_patch_takes_a_volume_smaller_than_it()
    {
        using var dataset = new OddDataset
        {
            Sampling = new SamplingOptions { ForegroundFraction = 1, Augmentation = AlwaysAugmented },
            Planner = new() { PatchSize = new Shape3(16, 24, 20), MaxPooling = 1, BatchSize = 3 },
        }.Case(shape: new Shape3(1, 9, 10)).Case();
        dataset.RunThrough();
    }

    private static AugmentationOptions AlwaysAugmented { get; } = new()
    {
        Spatial = new() { RotationProbability = 1, ScalingProbability = 1 },
        GaussianNoise = new() { Probability = 1 },
        GaussianBlur = new() { Probability = 1, ChannelProbability = 1 },
        Brightness = new() { Probability = 1 },
        Contrast = new() { Probability = 1 },
        LowResolution = new() { Probability = 1, ChannelProbability = 1 },
        InvertedGamma = new() { Probability = 1, Inverted = true },
        Gamma = new() { Probability = 1 },
    };
}
