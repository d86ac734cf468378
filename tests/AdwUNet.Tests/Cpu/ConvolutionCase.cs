using AdwUNet.Cpu;
using AdwUNet.Imaging;

namespace AdwUNet.Tests.Cpu;

/// <summary>A layer of a random shape.</summary>
/// <param name="Shape">Its grids and kernel.</param>
/// <param name="Transposed">Whether it goes from the coarse grid to the fine one.</param>
/// <param name="Inputs">Channels of the arrays that make up its input.</param>
/// <param name="Activated">Whether norm and activation are applied to the input as it is read.</param>
/// <param name="Logits">Whether its output is kept in single precision.</param>
internal sealed record ConvolutionCase(ConvolutionShape Shape, bool Transposed, int[] Inputs, bool Activated, bool Logits)
{
    // Below, at and above the 16 numbers of a vector and the several vectors of a tile, odd ones too.
    private static readonly int[] Channels = [1, 2, 3, 6, 15, 16, 17, 24, 33, 48, 80];

    private static readonly int[] Wide = [16, 18, 24, 34, 48, 80, 112];

    public static ConvolutionCase Random(int seed)
    {
#pragma warning disable CA5394 // shapes, not secrets
        var random = new Random(seed);
        int One(params int[] from) => from[random.Next(from.Length)];
        Shape3 Axes(Func<int, int> axis) => Shape3.From([axis(0), axis(1), axis(2)]);

        var transposed = seed % 3 == 0;
        var usual = seed % 4 == 2 && !transposed; // what most of a network's convolutions are like, and Winograd's products are for
        var stride = Axes(_ => usual ? 1 : One(1, 2));
        var kernel = transposed ? stride : Axes(axis => usual && axis > 0 ? (axis == 1 && seed % 16 == 2 ? 1 : 3) : One(1, 3, 3));
        var most = seed % 10 is 1 or 2 ? 40 : 9; // rows longer than a tile, planes larger than a block
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
    /// One whose input does not fit into the caches whole: Winograd's products go by blocks of rows and planes, groups of rows, several tiles a
    /// row and blocks of columns, and the last pair of rows and of columns has one each.
    /// </summary>
    /// <param name="channels">Of the input.</param>
    public static ConvolutionCase Large(int channels) =>
        new(new(1, new(6, 5, 37), channels, 112, Shape3.Cube(3), Shape3.Cube(1), Shape3.Cube(1)), false, [channels], true, false);

    public override string ToString() =>
        $"{(Transposed ? "transposed " : "")}{Shape.Batch}× {Shape.Fine} [{Shape.FineChannels}] → {Shape.Coarse} [{Shape.CoarseChannels}], kernel {Shape.Kernel}, "
        + $"stride {Shape.Stride}, inputs {string.Join('+', Inputs)}{(Activated ? ", activated" : "")}{(Logits ? ", logits" : "")}";
}
