using AdwUNet.Architectures;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Search;

namespace AdwUNet.Interactive.Tests;

/// <summary>Small made-up data that every test can use.</summary>
internal static class Samples
{
    public const string Evil = "posterior <script>alert('x')</script> & \"more\"";

    public static IReadOnlyList<string> Classes { get; } = ["background", "anterior", Evil];

    public static Plan Plan(int pools = 3) => new()
    {
        Dataset = "Task04_Hippocampus",
        Modalities = ["MRI"],
        Classes = Classes,
        AxisOrder = [0, 1, 2],
        Spacing = new Spacing3(1, 1, 1),
        MedianShape = new Shape3(36, 50, 35),
        PatchSize = Shape3.Cube(16 << pools),
        BatchSize = 9,
        PoolKernels = [.. Enumerable.Repeat(Shape3.Cube(2), pools)],
        ConvKernels = [new Shape3(1, 3, 3), .. Enumerable.Repeat(Shape3.Cube(3), pools)],
        Normalization = [new ChannelNormalization(NormalizationScheme.ZScore)],
        BatchDice = false,
        InPlaneAugmentation = false,
    };

    /// <summary>A search whose logits are known functions of epoch, block, convolution and option.</summary>
    public static IReadOnlyList<SearchEpoch> Search(int epochs, int warmUp = 2, int pools = 3, Family family = Family.AdwUNet)
    {
        var space = SearchSpace.Published(family);
        return [.. Enumerable.Range(0, epochs).Select(e => new SearchEpoch
        {
            Epoch = e,
            WeightLoss = 1.0 / (e + 1),
            ArchitectureLoss = e < warmUp ? null : 1.1 / (e + 1),
            ValidationLoss = 1.2 / (e + 1),
            ValidationDice = [e / (double)epochs, e == 0 ? null : 0.5],
            WeightLearningRate = 0.01,
            Temperature = 5,
            Seconds = 1,
            Architecture = "",
            Logits = new ArchitectureLogits(family, [.. space.BlockWidths(pools).Select((width, b) => new BlockLogits(
                $"block{b}",
                space.AdaptsDepth ? [.. Enumerable.Range(0, space.MaxDepth).Select(d => Beta(e, b, d))] : [],
                space.AdaptsWidth
                    ? [.. Enumerable.Range(0, space.MaxDepth).Select(c => (IReadOnlyList<double>)[.. space.WidthOptions(width).Select((_, o) => Alpha(e, b, c, o))])]
                    : [],
                [.. Enumerable.Repeat(space.WidthOptions(width), space.MaxDepth)]))]),
        })];
    }

    public static double Alpha(int epoch, int block, int convolution, int option) => 0.01 * epoch * (((block + (2 * convolution) + (3 * option)) % 5) - 2);

    public static double Beta(int epoch, int block, int depth) => 0.02 * epoch * (((block + depth) % 3) - 1);

    /// <summary>Noise with a box of two classes in the middle.</summary>
    public static (Volume Image, LabelMap Labels) Phantom(Shape3 shape, Spacing3 spacing)
    {
        var random = new Random(7);
        var image = new float[shape.Count];
        var labels = new short[shape.Count];
        var i = 0;
        for (var z = 0; z < shape.Z; z++)
        {
            for (var y = 0; y < shape.Y; y++)
            {
                for (var x = 0; x < shape.X; x++, i++)
                {
                    image[i] = random.NextSingle();
                    var inside = Inside(z, shape.Z) && Inside(y, shape.Y) && Inside(x, shape.X);
                    labels[i] = (short)(!inside ? 0 : y < shape.Y / 2 ? 1 : 2);
                }
            }
        }

        return (new Volume(image, 1, shape, spacing), new LabelMap(labels, shape, spacing));
    }

    private static bool Inside(int index, int size) => index >= size / 4 && index < 3 * size / 4;
}
