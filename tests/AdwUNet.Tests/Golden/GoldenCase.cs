using System.Text.Json;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Golden;

/// <summary>One network case of the golden values: its plan, weights, inputs and expected results.</summary>
public sealed class GoldenCase
{
    private static readonly JsonElement Root =
        JsonDocument.Parse(File.ReadAllText(GoldenFiles.PathOf("manifest.json"))).RootElement;

    public GoldenCase(string name)
    {
        Name = name;
        Description = Root.GetProperty("cases").GetProperty(name);
        Arrays = new Npz(GoldenFiles.PathOf($"{name}.npz"));
        Plan = MakePlan(
            name,
            Shapes("pool_op_kernel_sizes"),
            Shapes("conv_kernel_sizes"),
            Description.GetProperty("in_channels").GetInt32(),
            Description.GetProperty("num_classes").GetInt32());
    }

    public string Name { get; }

    public JsonElement Description { get; }

    public JsonElement Scalars => Description.GetProperty("scalars");

    public Npz Arrays { get; }

    public Plan Plan { get; }

    /// <summary>A plan of which only what a network needs matters.</summary>
    public static Plan MakePlan(
        string name, IReadOnlyList<Shape3> pools, IReadOnlyList<Shape3> kernels, int channels, int classes) => new()
        {
            Dataset = name,
            Modalities = [.. Enumerable.Range(0, channels).Select(i => $"modality {i}")],
            Classes = [.. Enumerable.Range(0, classes).Select(i => $"class {i}")],
            AxisOrder = [0, 1, 2],
            Spacing = new(1, 1, 1),
            MedianShape = Shape3.Cube(16),
            PatchSize = Shape3.Cube(16),
            BatchSize = 2,
            PoolKernels = pools,
            ConvKernels = kernels,
            Normalization = [.. Enumerable.Repeat(new ChannelNormalization(NormalizationScheme.ZScore), channels)],
            BatchDice = false,
            InPlaneAugmentation = false,
        };

    /// <summary>An array as a tensor of its shape: float64 where the file has that, else float32.</summary>
    public Tensor Tensor(string name)
    {
        var array = Arrays[name];
        var shape = Array.ConvertAll(array.Shape, x => (long)x);
        return array.Type == "f8" ? tensor(array.ToDoubles(), shape) : tensor(array.ToFloats(), shape);
    }

    /// <summary>A target array [N, 1, D, H, W] as class indices [N, D, H, W].</summary>
    public Tensor Target(string name) => Tensor(name).squeeze(1).to(int64);

    /// <summary>The targets of all resolutions of the batch "A" or "B", or of the only batch of a derived network.</summary>
    public Tensor[] Targets(string? batch = null) =>
        [.. Enumerable.Range(0, Plan.PoolCount).Select(i => Target(batch is null ? $"target_{i}" : $"target_{batch}_{i}"))];

    /// <summary>The weights of deep supervision under which gradients and steps were computed.</summary>
    public double[] SupervisionWeights =>
        [.. (Description.TryGetProperty("ds_loss_weights", out var weights) ? weights : Scalars.GetProperty("ds_loss_weights"))
            .EnumerateArray().Select(weight => weight.GetDouble())];

    /// <summary>The largest absolute difference by which the reference itself differs between two runs (the manifest's guide).</summary>
    public double Guide(string quantity) => Root.GetProperty("tolerance_guide").GetProperty("rerun").GetProperty(Name)
        .GetProperty(quantity).GetProperty("max_abs").GetDouble();

    /// <summary>Loads the initial state (members <c>sd/...</c>) and checks that every name and shape is there.</summary>
    public void LoadState(nn.Module network)
    {
        using var noGrad = no_grad();
        var state = network.state_dict();
        var names = Arrays.Names.Where(n => n.StartsWith("sd/", StringComparison.Ordinal)).Select(n => n[3..]).Order().ToArray();
        Assert.Equal(names, state.Keys.Order().ToArray());
        foreach (var (name, value) in state)
        {
            using var expected = Tensor($"sd/{name}");
            Assert.Equal(expected.shape, value.shape);
            value.copy_(expected);
        }
    }

    /// <summary>Noise set k by parameter name.</summary>
    public Dictionary<string, float[]> Noise(int set) => Arrays.Names
        .Where(name => name.StartsWith($"noise{set}/", StringComparison.Ordinal))
        .ToDictionary(name => name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..], name => Arrays[name].ToFloats());

    private Shape3[] Shapes(string property) =>
        [.. Description.GetProperty(property).EnumerateArray().Select(s => Shape3.From([.. s.EnumerateArray().Select(v => v.GetInt32())]))];
}
