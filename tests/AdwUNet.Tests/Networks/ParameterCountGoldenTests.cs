using System.Text.Json;
using AdwUNet.Architectures;
using AdwUNet.Datasets;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Tests.Golden;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Networks;

/// <summary>The full-size networks against param_counts.json, with the kernels of planner.json.</summary>
[Collection(LargeNetworks.Name)]
public class ParameterCountGoldenTests
{
    private const string GoldenFile = "param_counts.json";

    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllText(GoldenFiles.PathOf(GoldenFile))).RootElement;

    public static TheoryData<string> Tasks => [.. Golden.EnumerateObject().Select(task => task.Name)];

    public static TheoryData<string> Presets => [.. PublishedArchitectures.All.Keys];

    [Theory]
    [MemberData(nameof(Tasks))]
    public void Weights_of_supernets_equal_param_counts_json(string task)
    {
        foreach (var (family, key) in new[]
        {
            (Family.AdwUNet, "AdwUNet_search_max3"), (Family.AwUNet, "AwUNet_search_2"), (Family.AdUNet, "AdUNet_search_max3"),
        })
        {
            var expected = Golden.GetProperty(task).GetProperty(key);
            using var network = new Supernet(GoldenPlans.Of(task), SearchSpace.Published(family));
            Near.Same(GoldenFile, "weights of supernets", expected.GetProperty("total").GetInt64(), Count(network));
            Near.Same(GoldenFile, "alphas and betas of supernets", expected.GetProperty("arch").GetInt64(), network.ArchitectureParameters.Sum(p => p.numel()));
            Near.Same(GoldenFile, "alphas and betas of supernets", expected.GetProperty("arch_tensors").GetInt32(), network.ArchitectureParameters.Count);
        }
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void Published_architectures_equal_param_counts_json_and_run(string preset)
    {
        using var scope = NewDisposeScope();
        var name = preset.Split('_', '/'); // such as Task02_Heart/AdwUNet
        var (task, family) = (name[1], name[2]);
        var expected = Golden.GetProperty(task).GetProperty($"published_{family}");
        var architecture = PublishedArchitectures.All[preset];
        Assert.Equal(Architecture.Parse(expected.GetProperty("arch_list").GetRawText(), architecture.Family), architecture);
        var plan = GoldenPlans.Of(task);
        using var network = new DerivedUNet(plan, architecture);
        Near.Same(GoldenFile, "weights of published architectures", expected.GetProperty("total").GetInt64(), Count(network));

        using var noGrad = no_grad();
        var smallest = plan.PoolKernels.Aggregate(Shape3.Cube(1), (size, pool) => new(size.Z * pool.Z, size.Y * pool.Y, size.X * pool.X));
        long[] size = [2 * smallest.Z, smallest.Y, smallest.X];
        var logits = network.forward(rand([1, plan.Modalities.Count, .. size]));
        Assert.Equal(plan.PoolCount, logits.Length);
        Assert.Equal([1, plan.Classes.Count, .. size], logits[0].shape);
        Assert.All(logits, output => Assert.True(output.isfinite().all().item<bool>()));
    }

    [Fact]
    public void Weights_of_the_hippocampus_example_equal_param_counts_json()
    {
        var expected = Golden.GetProperty("Hippocampus").GetProperty("AdwUNet_test_arch");
        using var network = new DerivedUNet(GoldenPlans.Of("Hippocampus"), Architecture.Parse(expected.GetProperty("arch_list").GetRawText()));
        Near.Same(GoldenFile, "weights of published architectures", expected.GetProperty("total").GetInt64(), Count(network));
    }

    private static long Count(nn.Module network) => network.parameters().Sum(parameter => parameter.numel());
}
