using System.Text.Json;
using AdwUNet.Search;
using AdwUNet.Tests.Golden;
using AdwUNet.Training;

namespace AdwUNet.Tests.Search;

/// <summary>Learning rates and temperature of every epoch against schedules.npz.</summary>
public class SchedulesGoldenTests
{
    private const string GoldenFile = "schedules.npz";
    private const double Tolerance = 1e-15; // relative to the largest: the last digit of a double

    private static readonly Npz Arrays = new(GoldenFiles.PathOf(GoldenFile));
    private static readonly SearchOptions Options = new();

    private static TemperatureSchedule Temperature => new(Options.Temperature, Options.TemperatureFactor, Options.WarmUpEpochs);

    private static PolynomialDecay WeightRate => new(Options.WeightLearningRate, Options.Epochs);

    [Fact]
    public void Weight_learning_rate_of_a_search_equals_schedules_npz() =>
        Compare("learning rate of the weights in a search", "lr_w", WeightRate.At);

    [Fact]
    public void Architecture_learning_rate_equals_schedules_npz() =>
        Compare("learning rate of alphas and betas", "lr_a", _ => Options.ArchitectureLearningRate);

    [Fact]
    public void Temperature_equals_schedules_npz() => Compare("temperature", "tau", Temperature.At);

    [Fact]
    public void Learning_rate_of_a_training_equals_schedules_npz()
    {
        var training = new TrainingOptions();
        Compare("learning rate of a training", "lr_w_retrain_1000", new PolynomialDecay(training.LearningRate, training.Epochs).At);
    }

    [Fact]
    public void Values_after_the_last_epoch_equal_schedules_npz()
    {
        var manifest = JsonDocument.Parse(File.ReadAllText(GoldenFiles.PathOf("manifest.json"))).RootElement;
        var after = manifest.GetProperty("cases").GetProperty("schedules").GetProperty("scalars").GetProperty("after_last_epoch");
        Near.Compare(Of("learning rate of the weights in a search"), after.GetProperty("lr_w").GetDouble(), WeightRate.At(Options.Epochs));
        Near.Compare(Of("temperature"), after.GetProperty("tau").GetDouble(), Temperature.At(Options.Epochs));
    }

    private static void Compare(string quantity, string array, Func<int, double> at)
    {
        var expected = Arrays[array].ToDoubles();
        Near.Compare(Of(quantity), expected, [.. Enumerable.Range(0, expected.Length).Select(at)]);
    }

    private static Quantity Of(string quantity) => Quantity.Relative(GoldenFile, quantity, Tolerance);
}
