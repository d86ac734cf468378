using System.Text.Json.Nodes;
using AdwUNet.Experiments;
using AdwUNet.Tests.Golden;

namespace AdwUNet.Runs.Tests.Experiments;

/// <summary>The results that are kept with the code.</summary>
public class CommittedResultsTests
{
    private static readonly string Folder = Path.Combine(GoldenFiles.Root, "notebooks", "results", "hippocampus");

    [Fact]
    public void The_results_are_those_of_the_settings_of_the_study()
    {
        var results = new HippocampusStudy("unused").AllResults(Folder);
        Assert.NotEmpty(results);
        var settings = ResultFiles.Settings(Folder);
        foreach (var variant in results.Select(result => result.Run.Variant).DistinctBy(variant => variant.Name))
        {
            AssertWithin(settings[variant.Name]!, variant.Json, variant.Name);
        }

        Assert.All(results, result => Assert.Contains('+', result.Origin.Version));
        Assert.All(results, result => Assert.Equal(results[0].Origin.Threads, result.Origin.Threads));
        Assert.All(results, result => Assert.Equal(40, result.Evaluation.Cases.Count));
    }

    // Options of later versions may be added.
    private static void AssertWithin(JsonNode kept, JsonNode now, string where)
    {
        if (kept is not JsonObject fields)
        {
            Assert.True(JsonNode.DeepEquals(kept, now), $"{where} was {kept.ToJsonString()} in the committed runs and is {now.ToJsonString()} now.");
            return;
        }

        foreach (var (name, value) in fields)
        {
            if (value is null) Assert.Null(now[name]);
            else AssertWithin(value, now[name]!, $"{where}.{name}");
        }
    }
}
