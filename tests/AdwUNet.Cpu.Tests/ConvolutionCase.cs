using AdwUNet.Imaging;

namespace AdwUNet.Cpu.Tests;

/// <summary>A convolution layer of a random shape.</summary>
/// <param name="Shape">Grids and kernel.</param>
/// <param name="Transposed">Whether this is a transposed convolution.</param>
/// <param name="Inputs">Channels of each of the concatenated input arrays.</param>
/// <param name="Activated">Whether an affine map and the activation are applied to the input.</param>
/// <param name="Logits">Whether the output is stored in float32.</param>
internal sealed record ConvolutionCase(ConvolutionShape Shape, bool Transposed, int[] Inputs, bool Activated, bool Logits)
{
    // Below, at and above the 16 lanes of a vector and the vectors of a tile; even and odd.
    private static readonly int[] Channels = [1, 2, 3, 6, 15, 16, 17, 24, 33, 48, 80];

    private static readonly int[] Wide = [16, 18, 24, 34, 48, 80, 112];

    public static ConvolutionCase Random(int seed)
    {
#pragma warning disable CA5394 // shapes, not secrets
        var random = new Random(seed);
        int One(params int[] from) => from[random.Next(from.Length)];
        Shape3 Axes(Func<int, int> axis) => Shape3.From([axis(0), axis(1), axis(2)]);

        var transposed = seed % 3 == 0;
        var usual = seed % 4 == 2 && !transposed; // like most convolutions of a network: the Winograd algorithm applies
        var stride = Axes(_ => usual ? 1 : One(1, 2));
        var kernel = transposed ? stride : Axes(axis => usual && axis > 0 ? (axis == 1 && seed % 16 == 2 ? 1 : 3) : One(1, 3, 3));
        var most = seed % 10 is 1 or 2 ? 40 : 9; // rows longer than a tile and planes larger than a block
        var grid = Axes(axis => random.Next(usual && axis > 0 ? (axis == 2 ? most : 9) / 2 : 1, axis == 2 ? most : 9));
        var fine = transposed ? Axes(axis => grid[axis] * stride[axis]) : grid;
        var padding = transposed ? default : Axes(axis => kernel[axis] / 2);
        var shape = new ConvolutionShape(random.Next(1, 4), fine, One(usual ? Wide : Channels), One(usual ? Wide : Channels), kernel, stride, padding);
        var input = transposed ? shape.CoarseChannels : shape.FineChannels;
        var split = !transposed && input > 1 && One(0, 1, 2) == 0 ? random.Next(1, input) : 0;
        return new(shape, transposed, split == 0 ? [input] : [split, input - split], split == 0 && One(0, 1) == 0, !transposed && One(0, 1, 2) == 0);
#pragma warning restore CA5394
    }

    /// <summary>
    /// A layer whose input does not fit into the caches. The Winograd algorithm divides it into blocks of rows and planes, groups of rows, several tiles per
    /// row and several column blocks. The last pair of rows and the last pair of columns are incomplete.
    /// </summary>
    /// <param name="channels">Channels of the input.</param>
    public static ConvolutionCase Large(int channels) =>
        new(new(1, new(6, 5, 37), channels, 112, Shape3.Cube(3), Shape3.Cube(1), Shape3.Cube(1)), false, [channels], true, false);

    /// <summary>Layers with fewer channels than a vector, as at the finest resolution of small networks: the Winograd algorithm writes parts of vectors.</summary>
    public static IEnumerable<ConvolutionCase> Narrow() =>
        from channels in new[] { (8, 12), (12, 12), (24, 12), (12, 10), (10, 24) }
        from grid in new[] { new Shape3(5, 8, 10), new Shape3(3, 7, 9) }
        select new ConvolutionCase(
            new(2, grid, channels.Item1, channels.Item2, Shape3.Cube(3), Shape3.Cube(1), Shape3.Cube(1)),
            false,
            channels.Item1 == 24 ? [12, 12] : [channels.Item1],
            channels.Item1 != 24,
            false);

    public override string ToString() =>
        $"{(Transposed ? "transposed " : "")}{Shape.Batch}× {Shape.Fine} [{Shape.FineChannels}] → {Shape.Coarse} [{Shape.CoarseChannels}], kernel {Shape.Kernel}, "
        + $"stride {Shape.Stride}, inputs {string.Join('+', Inputs)}{(Activated ? ", activated" : "")}{(Logits ? ", logits" : "")}";
}
