using AdwUNet.Augmentation;
using AdwUNet.Experiments;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Preprocessing;
using AdwUNet.Sampling;

namespace AdwUNet.Runs.Tests.Experiments;

/// <summary>
/// Every setting of the profile <c>paper</c> is the published one (paper section 4.1, the authors' trainer, nnU-Net v1's trainer V2).
/// Those of the augmentation are pinned beside its tests.
/// </summary>
public class PublishedSettingsTests
{
    private static readonly Profile Paper = Profile.Named("paper");

    [Fact]
    public void Search()
    {
        var search = Paper.Search;
        Assert.Equal((250, 250, 50, 100), (search.Epochs, search.IterationsPerEpoch, search.ValidationIterations, search.WarmUpEpochs));
        Assert.Equal((1e-2, 0.99, 3e-5), (search.WeightLearningRate, search.Momentum, search.WeightDecay));
        Assert.Equal((4e-4, 12), (search.ArchitectureLearningRate, search.GradientClip));
        Assert.Equal((5, 0.97), (search.Temperature, search.TemperatureFactor));
        Assert.True(search.ClipStaleGradients);
        Assert.True(search.NoiseInValidation);
    }

    [Fact]
    public void Training()
    {
        var training = Paper.Training;
        Assert.Equal((1000, 250, 50), (training.Epochs, training.IterationsPerEpoch, training.ValidationIterations));
        Assert.Equal((1e-2, 0.99, 3e-5, 12), (training.LearningRate, training.Momentum, training.WeightDecay, training.GradientClip));
        Assert.Equal(0.9, training.MovingAverageDecay);
    }

    [Fact]
    public void The_text_of_the_paper_differs_from_the_code_in_four_settings()
    {
        var text = Profile.Named("paper-text");
        Assert.Equal((1e-3, 1e-3), (text.Search.WeightDecay, text.Training.WeightDecay));
        Assert.True(text.Search.WeightsLearnFromA);
        Assert.True(text.Search.AnnealsInWarmUp);
        Assert.Equal((false, false), (Paper.Search.WeightsLearnFromA, Paper.Search.AnnealsInWarmUp));
        Assert.Equal(Paper, text with
        {
            Name = Paper.Name,
            Description = Paper.Description,
            Search = text.Search with { WeightDecay = 3e-5, WeightsLearnFromA = false, AnnealsInWarmUp = false },
            Training = text.Training with { WeightDecay = 3e-5 },
        });
    }

    [Fact]
    public void Sampling()
    {
        foreach (var sampling in new[] { Paper.Search.Sampling, Paper.Training.Sampling })
        {
            Assert.Equal(0.33, sampling.ForegroundFraction);
            Assert.Equal(AugmentationOptions.Default, sampling.Augmentation);
            Assert.Null(sampling.BatchSize);
            Assert.Null(sampling.PatchSize);
        }
    }

    [Fact]
    public void Planning_and_preprocessing()
    {
        Assert.Equal(new PlannerOptions(), Paper.Planner);
        Assert.Null(Paper.Planner.PatchSize);
        Assert.Equal((0.75, 3, 2), (Paper.Planner.MaskedNormalizationThreshold, Paper.Planner.AnisotropyThreshold, Paper.Planner.MinBatchSize));
        var listing = new PreprocessingOptions();
        Assert.Equal((10_000, 0.01, 1234u), (listing.ForegroundVoxels, listing.MinForegroundShare, listing.Seed));
    }

    [Fact]
    public void Prediction()
    {
        PredictionOptions prediction = Paper.Prediction;
        Assert.Equal(0.5, prediction.StepSize);
        Assert.Equal([0, 1, 2], prediction.MirrorAxes);
        Assert.True(prediction.Gaussian);
    }
}
