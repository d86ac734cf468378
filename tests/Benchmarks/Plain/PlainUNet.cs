using AdwUNet.Architectures;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Benchmarks.Plain;

/// <summary>
/// Supernet or derived network, transcribed line by line from how the method is described, in single precision and without any trick: what
/// the library's own networks are measured against.
/// </summary>
internal sealed class PlainUNet : Module<Tensor, Tensor[]>
{
    private readonly ModuleList<PlainBlock> conv_blocks_context;
    private readonly ModuleList<PlainBlock> conv_blocks_localization;
    private readonly ModuleList<ConvTranspose3d> tu;
    private readonly ModuleList<Conv3d> seg_outputs;

    /// <summary>A supernet.</summary>
    public PlainUNet(Plan plan, SearchSpace space)
        : this(plan, [.. space.BlockWidths(plan.PoolCount).Select(width => Enumerable.Repeat(width, space.MaxDepth).ToArray())], space)
    {
    }

    /// <summary>A derived network.</summary>
    public PlainUNet(Plan plan, Architecture architecture)
        : this(plan, [.. architecture.Widths.Select(block => block.ToArray())], space: null)
    {
    }

    private PlainUNet(Plan plan, int[][] widths, SearchSpace? space)
        : base(nameof(PlainUNet))
    {
        var poolings = plan.PoolCount;
        var classes = plan.Classes.Count;
        PlainBlock Block(int input, int[] units, Shape3 kernel, Shape3 stride) =>
            new(input, units, kernel, stride, space is { AdaptsWidth: true }, space is { AdaptsDepth: true }, Choice);

        conv_blocks_context = ModuleList([.. Enumerable.Range(0, poolings + 1).Select(d =>
            Block(d == 0 ? plan.Modalities.Count : widths[d - 1][^1], widths[d], plan.ConvKernels[d], d == 0 ? Shape3.Cube(1) : plan.PoolKernels[d - 1]))]);
        conv_blocks_localization = ModuleList([.. Enumerable.Range(0, poolings).Select(u =>
            Block(2 * widths[poolings - 1 - u][^1], widths[poolings + 1 + u], plan.ConvKernels[poolings - 1 - u], Shape3.Cube(1)))]);
        tu = ModuleList([.. Enumerable.Range(0, poolings).Select(u =>
            UpSampling(widths[poolings + u][^1], widths[poolings - 1 - u][^1], plan.PoolKernels[poolings - 1 - u]))]);
        seg_outputs = ModuleList([.. Enumerable.Range(0, poolings).Select(u =>
            Conv3d(widths[poolings + 1 + u][^1], classes, 1, bias: false))]);
        RegisterComponents();
        foreach (var module in modules())
        {
            if (module is Conv3d convolution)
            {
                init.kaiming_normal_(convolution.weight, 0.01);
                if (convolution.bias is { } bias)
                {
                    init.zeros_(bias);
                }
            }
            else if (module is ConvTranspose3d transposed)
            {
                init.kaiming_normal_(transposed.weight, 0.01);
            }
        }
    }

    public PlainChoice Choice { get; } = new();

    private static ConvTranspose3d UpSampling(int from, int to, Shape3 pool)
    {
        var kernel = ((long)pool.Z, (long)pool.Y, (long)pool.X);
        return ConvTranspose3d(from, to, kernel, kernel, bias: false);
    }

    public override Tensor[] forward(Tensor x)
    {
        var skips = new Stack<Tensor>();
        foreach (var block in conv_blocks_context)
        {
            x = block.forward(x);
            skips.Push(x);
        }

        skips.Pop();
        var logits = new List<Tensor>();
        for (var u = 0; u < tu.Count; u++)
        {
            x = cat([tu[u].forward(x), skips.Pop()], 1);
            x = conv_blocks_localization[u].forward(x);
            logits.Insert(0, seg_outputs[u].forward(x));
        }

        return [.. logits];
    }

    /// <summary>Probabilities of a case of one patch, [C, D, H, W]: the mean over its 8 mirrorings, two a pass.</summary>
    public Tensor Probabilities(Tensor image)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        long[][] mirrorings = [[], [1], [2], [3], [1, 2], [1, 3], [2, 3], [1, 2, 3]];
        Tensor Flip(Tensor of, long[] axes) => axes.Length == 0 ? of : of.flip(axes);
        Tensor? sum = null;
        for (var i = 0; i < mirrorings.Length; i += 2)
        {
            var input = stack([Flip(image, mirrorings[i]), Flip(image, mirrorings[i + 1])]).to(parameters().First().dtype);
            var probabilities = forward(input)[0].to(float32).softmax(1);
            var both = Flip(probabilities[0], mirrorings[i]) + Flip(probabilities[1], mirrorings[i + 1]);
            sum = sum is null ? both : sum + both;
        }

        return (sum! / mirrorings.Length).MoveToOuterDisposeScope();
    }
}
