using AdwUNet.Architectures;
using AdwUNet.Experiments;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Tests.Extensions;

namespace AdwUNet.Runs.Tests.Experiments;

/// <summary>What a grid varies, and what it refuses to.</summary>
public class GridVariantTests
{
    private static Experiment Experiment => new("unused", "phantom", Profile.Quick, "cpu", seed: 3);

    private static Grid New => Experiment.Grid("grid");

    [Fact]
    public void A_value_of_a_property_is_a_variant()
    {
        var grid = New.Vary(e => e.Search.ArchitectureLearningRate, 1e-3, 1e-2);

        Assert.Equal(["ArchitectureLearningRate 0.001", "ArchitectureLearningRate 0.01"], grid.Variants.Select(v => v.Name));
        Assert.Equal([1e-3, 1e-2], grid.Variants.Select(v => v.Settings.Search.ArchitectureLearningRate));
        Assert.All(grid.Variants, v => Assert.Equal(grid.Settings, v.Settings with { Search = grid.Settings.Search }));
        Assert.NotEqual(1e-3, grid.Settings.Search.ArchitectureLearningRate);
    }

    [Fact]
    public void A_second_property_is_crossed_with_the_first_and_added_variants_stay_as_they_are()
    {
        var grid = New.Add("as it is").Vary(e => e.Space.MaxDepth, 2, 3).Vary(e => e.Space.MaskPlacement, MaskPlacement.BeforeNorm, MaskPlacement.AfterActivation);

        string[] names = ["as it is", "MaxDepth 2, MaskPlacement BeforeNorm", "MaxDepth 2, MaskPlacement AfterActivation",
            "MaxDepth 3, MaskPlacement BeforeNorm", "MaxDepth 3, MaskPlacement AfterActivation"];
        Assert.Equal(names, grid.Variants.Select(v => v.Name));
        Assert.Equal((3, MaskPlacement.BeforeNorm), (grid.Variants[3].Settings.Space.MaxDepth, grid.Variants[3].Settings.Space.MaskPlacement));
    }

    [Fact]
    public void Deep_properties_lists_structs_and_parts_of_the_method_can_be_varied()
    {
        var grid = New
            .Vary(e => e.Training.Sampling.Augmentation!.Gamma!.Probability, 0.1)
            .Vary(e => e.Planner.PatchSize, new Shape3(16, 16, 16)).Vary(e => e.Planner.PatchSize!.Value.Z, 8)
            .Vary(e => e.Space.WidthFractions, [1 / 3.0, 1], [0.5, 1])
            .Vary(e => e.Loss, null, new ScaledCrossEntropy(2));

        var last = grid.Variants[^1];
        Assert.Equal("Probability 0.1, PatchSize 16×16×16, Z 8, WidthFractions 0.5 1, Loss ScaledCrossEntropy factor 2", last.Name);
        Assert.Equal("Probability 0.1, PatchSize 16×16×16, Z 8, WidthFractions 0.33333 1, Loss none", grid.Variants[0].Name);
        Assert.Equal((0.1, 8), (last.Settings.Training.Sampling.Augmentation!.Gamma!.Probability, last.Settings.Planner.PatchSize!.Value.Z));
        Assert.Equal([0.5, 1], last.Settings.Space.WidthFractions);
        Assert.Equal(new ScaledCrossEntropy(2), last.Settings.Search.Loss);
        Assert.Equal(new ScaledCrossEntropy(2), last.Settings.Training.Loss);
    }

    [Fact]
    public void What_cannot_be_varied_is_refused_with_the_reason()
    {
        Refused(
            "Space.AdaptsWidth cannot be varied: AdaptsWidth is computed from other properties; vary a property with an init accessor, or use Add with a change of your own.",
            () => New.Vary(e => e.Space.AdaptsWidth, true));
        Refused(
            "'e.Space.BlockWidths(2)' cannot be varied; name a property of the settings, such as e => e.Search.Momentum, or use Add with a change of your own.",
            () => New.Vary(e => e.Space.BlockWidths(2), [1]));
        Refused(
            "'e' cannot be varied; name a property of the settings, such as e => e.Search.Momentum, or use Add with a change of your own.",
            () => New.Vary(e => e, New.Settings));
        Refused(
            "Unit.Name cannot be varied: Name is computed from other properties; vary a property with an init accessor, or use Add with a change of your own.",
            () => New.Vary(e => e.Unit!.Name, "a"));
        Refused(
            "Space.WidthFractions.Count cannot be varied: IReadOnlyCollection`1 is no record; vary a property with an init accessor, or use Add with a change of your own.",
            () => New.Vary(e => e.Space.WidthFractions.Count, 3));
        Refused(
            "Training.Sampling.Augmentation.Gamma.Probability cannot be varied: Training.Sampling.Augmentation is null; set it first, or vary it as a whole.",
            () => new Experiment("unused", "phantom", Profile.Quick with { TrainingInGrid = Profile.Quick.Training with { Sampling = new() } }, "cpu")
                .Grid("grid").Vary(e => e.Training.Sampling.Augmentation!.Gamma!.Probability, 0.1));
        Refused("Space.MaxDepth has no values to vary; give at least one.", () => New.Vary(e => e.Space.MaxDepth));
    }

    [Fact]
    public void A_grid_without_runs_or_with_one_twice_is_refused()
    {
        Refused("The grid 'grid' has no variants; add some with Add or Vary.", () => _ = New.Runs);
        Refused("The grid 'grid' has no seed; give at least one.", () => Experiment.Grid("grid", seeds: []));
        Refused("The seeds of the grid 'grid' are 1, 2, 1; give each once, because the same seed gives the same run.", () => Experiment.Grid("grid", seeds: [1, 2, 1]));
        Refused("The folds of the grid 'grid' are 0, 0; give each once, because the same fold has the same cases.", () => Experiment.Grid("grid", folds: [0, 0]));
        Refused("There is no fold 5; choose 0 to 4, or -1 for all cases.", () => Experiment.Grid("grid", folds: [5]));
        Refused("'..' cannot be a grid's name; use letters, digits, '-', '_' and '.'.", () => Experiment.Grid(".."));
        Refused("'a/b' cannot be a variant's name; use letters, digits, '-', '_' and '.'.", () => New.Add("a/b"));
        Refused("Two variants of the grid 'grid' have the name 'narrow'; their runs would lie in one folder.", () => New.Add("narrow").Add("Narrow"));
        Refused(
            "The variant 'seed' sets a seed; give the seeds to the grid, which runs every variant with each of them.",
            () => New.Add("seed", e => e with { Search = e.Search with { Seed = 9 } }));
        Assert.Throws<ArchitectureException>(() => New.Vary(e => e.Space.MaxDepth, 5));
    }

    [Fact]
    public void Seeds_and_folds_are_those_of_the_experiment_and_fold_0_unless_given()
    {
        var grid = New.Add("a");
        Assert.Equal((0, 3), (grid.Runs.Single().Fold, grid.Runs.Single().Seed));
        Assert.Equal((3UL, 3UL), (grid.Runs[0].Settings.Search.Seed, grid.Runs[0].Settings.Training.Seed));
    }

    [Fact]
    public void Unit_loss_and_precision_change_search_and_training()
    {
        var settings = New.Settings with { Unit = UnitFactory.Published, Precision = Precision.BFloat16 };
        Assert.Equal((UnitFactory.Published, UnitFactory.Published), (settings.Search.Unit, settings.Training.Unit));
        Assert.Equal((Precision.BFloat16, Precision.BFloat16), (settings.Search.Precision, settings.Training.Precision));
    }

    private static void Refused(string message, Action act) => Assert.Equal(message, Assert.Throws<ExperimentException>(act).Message);
}
