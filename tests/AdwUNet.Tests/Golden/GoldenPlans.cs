using System.Text.Json;
using AdwUNet.Imaging;
using AdwUNet.Planning;

namespace AdwUNet.Tests.Golden;

/// <summary>The networks' part of a task's plan, from planner.json and param_counts.json.</summary>
internal static class GoldenPlans
{
    private static readonly JsonElement Counts = Root("param_counts.json");
    private static readonly JsonElement Planner = Root("planner.json").GetProperty("planner");

    /// <summary>The plan of a task such as <c>Hippocampus</c>; patch and batch are not the task's.</summary>
    public static Plan Of(string task)
    {
        var stage = Planner.GetProperty(task).GetProperty("stages").EnumerateObject().Last().Value;
        var counts = Counts.GetProperty(task);
        return GoldenCase.MakePlan(
            task,
            Shapes(stage, "pool_op_kernel_sizes"),
            Shapes(stage, "conv_kernel_sizes"),
            counts.GetProperty("in_channels").GetInt32(),
            counts.GetProperty("num_classes").GetInt32());
    }

    private static Shape3[] Shapes(JsonElement element, string name) =>
        [.. element.GetProperty(name).EnumerateArray().Select(row => Shape3.From([.. row.EnumerateArray().Select(v => v.GetInt32())]))];

    private static JsonElement Root(string file) => JsonDocument.Parse(File.ReadAllText(GoldenFiles.PathOf(file))).RootElement;
}
