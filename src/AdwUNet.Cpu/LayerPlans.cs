using AdwUNet.Imaging;
using AdwUNet.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Cpu;

/// <summary>The plans of all convolutions of a network for one input size.</summary>
internal sealed class LayerPlans<T>
    where T : struct, IStorageFormat
{
    /// <summary>Plans all convolutions.</summary>
    /// <param name="network">The network.</param>
    /// <param name="samples">Samples of a batch.</param>
    /// <param name="size">Voxels of a sample.</param>
    /// <exception cref="ArgumentException">The size is not a multiple of the pooling strides.</exception>
    public LayerPlans(EncoderDecoder network, int samples, Shape3 size)
    {
        (Network, Samples) = (network, samples);
        var (grids, channels, blocks) = (new Stack<Shape3>(), network.InputChannels, new List<(Block, ConvolutionLayer<T>[])>());
        var skipWidths = new Stack<int>();
        foreach (var block in network.Encoder)
        {
            var layers = Plan(block, size, [channels]);
            blocks.Add((block, layers));
            (size, channels) = (layers[^1].Shape.Coarse, layers[^1].Shape.CoarseChannels);
            grids.Push(size);
            skipWidths.Push(channels);
        }

        Encoder = [.. blocks];
        (_, _) = (grids.Pop(), skipWidths.Pop());
        blocks.Clear();
        var (ups, outputs) = (new List<(ConvolutionLayer<T>, ConvTranspose3d)>(), new List<OutputLayer<T>>());
        foreach (var (block, up, output) in network.Decoder)
        {
            var (grid, skip) = (grids.Pop(), skipWidths.Pop());
            var upShape = new ConvolutionShape(samples, grid, (int)up.Module.weight.shape[1], channels, up.Stride, up.Stride, default);
            if (grid != Product(size, up.Stride))
            {
                throw new ArgumentException($"The patch has {grid} voxels at one resolution and {size} at the next; make its size a multiple of the pooling strides, which are {up.Stride} there.");
            }

            size = grid;
            ups.Add((new(upShape, transposed: true, [channels], T.StoreEpilogue, statistics: false), up.Module));
            var layers = Plan(block, grid, [upShape.FineChannels, skip]);
            blocks.Add((block, layers));
            channels = layers[^1].Shape.CoarseChannels;
            var outputShape = new ConvolutionShape(samples, grid, channels, network.ClassCount, Shape3.Cube(1), Shape3.Cube(1), default);
            outputs.Add(new(new(outputShape, transposed: false, [channels], Epilogue.StoreFloat32, statistics: false), output));
        }

        (Decoder, UpSampling, Outputs) = ([.. blocks], [.. ups], [.. outputs]);
    }

    public EncoderDecoder Network { get; }

    public int Samples { get; }

    public (Block Block, ConvolutionLayer<T>[] Layers)[] Encoder { get; }

    public (Block Block, ConvolutionLayer<T>[] Layers)[] Decoder { get; }

    public (ConvolutionLayer<T> Layer, ConvTranspose3d Module)[] UpSampling { get; }

    /// <summary>The layers that compute the logits, coarsest first.</summary>
    public OutputLayer<T>[] Outputs { get; }

    private static Shape3 Product(Shape3 a, Shape3 b) => new(a.Z * b.Z, a.Y * b.Y, a.X * b.X);

    private ConvolutionLayer<T>[] Plan(Block block, Shape3 grid, int[] inputs)
    {
        var layers = new List<ConvolutionLayer<T>>();
        foreach (var unit in block.Units.Select(unit => unit.Description!))
        {
            var padding = new Shape3(unit.Kernel.Z / 2, unit.Kernel.Y / 2, unit.Kernel.X / 2);
            var shape = new ConvolutionShape(Samples, grid, inputs.Sum(), (int)unit.Convolution.weight.shape[0], unit.Kernel, unit.Stride, padding);
            layers.Add(new(shape, transposed: false, inputs, T.StoreEpilogue, statistics: true));
            (grid, inputs) = (shape.Coarse, [shape.CoarseChannels]);
        }

        return [.. layers];
    }
}

/// <summary>A layer that computes logits.</summary>
internal sealed class OutputLayer<T>(ConvolutionLayer<T> layer, Conv3d module)
    where T : struct, IStorageFormat
{
    public ConvolutionLayer<T> Layer { get; } = layer;

    /// <summary>The weights. Moving the network replaces the tensor.</summary>
    public Parameter Weights => module.weight;

    /// <summary>Gradient of the logits during the backward pass; null if the loss does not depend on them.</summary>
    public Tensor? Gradient { get; set; }
}
