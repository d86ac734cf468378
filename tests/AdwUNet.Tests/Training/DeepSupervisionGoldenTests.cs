using System.Text.Json;
using AdwUNet.Tests.Golden;
using AdwUNet.Training;

namespace AdwUNet.Tests.Training;

/// <summary>Deep-supervision weights against planner.json and manifest.json.</summary>
public class DeepSupervisionGoldenTests
{
    private const double Tolerance = 1e-15; // relative: the last digit of a double

    [Fact]
    public void Weights_equal_planner_json()
    {
        var stages = Cases("planner.json", "planner").SelectMany(task => task.GetProperty("stages").EnumerateObject()).Select(stage => stage.Value).ToArray();
        Assert.NotEmpty(stages);
        foreach (var stage in stages)
        {
            Compare("planner.json", stage.GetProperty("ds_loss_weights"));
        }
    }

    [Fact]
    public void Weights_equal_manifest_json()
    {
        var rules = Cases("manifest.json", "cases").Where(c => c.TryGetProperty("ds_loss_weights_rule_nnunet", out _)).ToArray();
        Assert.NotEmpty(rules);
        foreach (var rule in rules)
        {
            Compare("manifest.json", rule.GetProperty("ds_loss_weights_rule_nnunet"));
        }
    }

    private static void Compare(string file, JsonElement expected) => Near.Compare(
        Quantity.Relative(file, "deep-supervision weights", Tolerance),
        [.. expected.EnumerateArray().Select(weight => weight.GetDouble())],
        DeepSupervision.Weights(expected.GetArrayLength()));

    private static JsonElement[] Cases(string file, string property) =>
        [.. JsonDocument.Parse(File.ReadAllText(GoldenFiles.PathOf(file))).RootElement.GetProperty(property).EnumerateObject().Select(c => c.Value)];
}
