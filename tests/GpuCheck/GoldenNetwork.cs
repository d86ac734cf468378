using System.Text.Json;
using AdwUNet.Architectures;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Tests.Golden;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.GpuCheck;

/// <summary>A network of the golden values on a device, with its inputs and expected results (<c>tests/golden/manifest.json</c>).</summary>
internal sealed class GoldenNetwork
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "golden");
    private static readonly JsonElement Manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "manifest.json"))).RootElement;

    private readonly Npz _arrays;
    private readonly Device _device;

    /// <summary>Reads the values and builds the network.</summary>
    /// <param name="name">The case's name.</param>
    /// <param name="device">The device.</param>
    /// <param name="precision">The wished precision; libtorch's own operations when null.</param>
    public GoldenNetwork(string name, Device device, Precision? precision = null)
    {
        (Name, _device) = (name, device);
        Description = Manifest.GetProperty("cases").GetProperty(name);
        _arrays = new Npz(Path.Combine(Folder, $"{name}.npz"));
        var (channels, classes) = (Description.GetProperty("in_channels").GetInt32(), Description.GetProperty("num_classes").GetInt32());
        var plan = new Plan
        {
            Dataset = name,
            Modalities = [.. Enumerable.Range(0, channels).Select(i => $"modality {i}")],
            Classes = [.. Enumerable.Range(0, classes).Select(i => $"class {i}")],
            AxisOrder = [0, 1, 2],
            Spacing = new(1, 1, 1),
            MedianShape = Shape3.Cube(16),
            PatchSize = Shape3.Cube(16),
            BatchSize = 2,
            PoolKernels = Shapes("pool_op_kernel_sizes"),
            ConvKernels = Shapes("conv_kernel_sizes"),
            Normalization = [.. Enumerable.Repeat(new ChannelNormalization(NormalizationScheme.ZScore), channels)],
            BatchDice = false,
            InPlaneAugmentation = false,
        };
        Network = Description.TryGetProperty("arch_list", out var widths)
            ? new DerivedUNet(plan, Architecture.Parse(widths.GetRawText(), space: SearchSpace.Published(Family.AdUNet) with { BaseWidth = 4, MaxWidth = 12 })) { Precision = precision }
            : new Supernet(plan, Space(Description.GetProperty("kind").GetString()!)) { Precision = precision };
        using var noGradients = no_grad();
        foreach (var (key, value) in Network.state_dict())
        {
            value.copy_(Tensor($"sd/{key}", CPU));
        }

        Network.to(device);
    }

    public string Name { get; }

    public JsonElement Description { get; }

    public EncoderDecoder Network { get; }

    public Supernet Supernet => (Supernet)Network;

    public bool IsSearch => Network is Supernet;

    public JsonElement Scalars => Description.GetProperty("scalars");

    /// <summary>The names of all arrays below a prefix, without it.</summary>
    public IEnumerable<string> Below(string prefix) =>
        _arrays.Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => name[prefix.Length..]);

    /// <summary>An array on the network's device.</summary>
    public Tensor Tensor(string name, Device? device = null)
    {
        var array = _arrays[name];
        var shape = Array.ConvertAll(array.Shape, x => (long)x);
        return (array.Type == "f8" ? tensor(array.ToDoubles(), shape) : tensor(array.ToFloats(), shape)).to(device ?? _device);
    }

    /// <summary>The targets of a batch, finest first.</summary>
    public Tensor[] Targets(string? batch) => [.. Enumerable.Range(0, Network.Plan.PoolCount)
        .Select(i => Tensor(batch is null ? $"target_{i}" : $"target_{batch}_{i}").squeeze(1).to(int64))];

    /// <summary>A set of noise by parameter name.</summary>
    public GumbelNoise Noise(int set) => GumbelNoise.Fixed(Below($"noise{set}/").ToDictionary(name => name, name => _arrays[$"noise{set}/{name}"].ToFloats()));

    /// <summary>The loss under which gradients and steps were computed.</summary>
    public DeepSupervision Loss(bool batchDice) => new(
        new DiceCrossEntropyLoss(batchDice),
        [.. (Description.TryGetProperty("ds_loss_weights", out var weights) ? weights : Scalars.GetProperty("ds_loss_weights")).EnumerateArray().Select(weight => weight.GetDouble())]);

    /// <summary>By how much the reference differs between two runs.</summary>
    public double Guide(string quantity) =>
        Manifest.GetProperty("tolerance_guide").GetProperty("rerun").GetProperty(Name).GetProperty(quantity).GetProperty("max_abs").GetDouble();

    private static SearchSpace Space(string kind) => kind switch
    {
        "adw" => SearchSpace.Published(Family.AdwUNet) with { BaseWidth = 12, MaxWidth = 48 },
        "aw" => SearchSpace.Published(Family.AwUNet) with { BaseWidth = 6, MaxWidth = 24 },
        _ => SearchSpace.Published(Family.AdUNet) with { BaseWidth = 4, MaxWidth = 12 },
    };

    private Shape3[] Shapes(string property) =>
        [.. Description.GetProperty(property).EnumerateArray().Select(s => Shape3.From([.. s.EnumerateArray().Select(v => v.GetInt32())]))];
}
