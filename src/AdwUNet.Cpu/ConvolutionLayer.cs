
namespace AdwUNet.Cpu;

/// <summary>A convolution or transposed convolution of one input size, with the plans of its passes made when first needed.</summary>
internal sealed unsafe class ConvolutionLayer<T>
    where T : struct, IElement
{
    private readonly bool _transposed;
    private readonly PassRun<T> _forward;
    private readonly Lazy<WeightGradient<T>> _weightGradient;
    private readonly Lazy<PassRun<T>> _set;
    private readonly Lazy<PassRun<T>> _add;

    /// <summary>Plans a layer.</summary>
    /// <param name="shape">Its grids; a transposed convolution goes from the coarse one to the fine one.</param>
    /// <param name="transposed">Whether it is one.</param>
    /// <param name="inputs">Channels of the arrays that make up its input.</param>
    /// <param name="output">How its output is written.</param>
    /// <param name="statistics">Whether statistics of the output's channels are wanted.</param>
    public ConvolutionLayer(ConvolutionShape shape, bool transposed, int[] inputs, TileOutput output, bool statistics)
    {
        (Shape, _transposed) = (shape, transposed);
        _forward = Plan(new(shape, !transposed, [transposed ? shape.FineChannels : shape.CoarseChannels], output, statistics));
        _set = new(() => Plan(new(shape, transposed, inputs, T.Output)));
        _add = new(() => Plan(new(shape, transposed, inputs, T.Add)));
        _weightGradient = new(() => new(shape));
    }

    /// <summary>Its grids and kernel.</summary>
    public ConvolutionShape Shape { get; }

    /// <summary>Computes the output.</summary>
    public void Forward(VoxelSource<T> input, float* weights, byte* output, ChannelSums? sums, BufferPool pool) =>
        Run(_forward, input, weights, [(nint)output], sums, pool);

    /// <summary>Computes the gradient with respect to the input.</summary>
    /// <param name="gradient">Of the output.</param>
    /// <param name="weights">In PyTorch's order.</param>
    /// <param name="inputs">Where the gradients of the input's arrays go.</param>
    /// <param name="add">Whether to add to what is there.</param>
    /// <param name="pool">Where buffers come from.</param>
    public void InputGradient(VoxelSource<T> gradient, float* weights, nint[] inputs, bool add, BufferPool pool) =>
        Run((add ? _add : _set).Value, gradient, weights, inputs, null, pool);

    /// <summary>Computes the gradient with respect to the weights.</summary>
    public void WeightGradient(VoxelSource<T> input, VoxelSource<T> gradient, float* weightGradient, BufferPool pool) =>
        _weightGradient.Value.Run(_transposed ? gradient : input, _transposed ? input : gradient, weightGradient, pool);

    private static PassRun<T> Plan(ConvolutionPass<T> pass) => WinogradRun<T>.Suits(pass) ? new WinogradRun<T>(pass) : new DirectRun<T>(pass);

    private static void Run(PassRun<T> run, VoxelSource<T> source, float* weights, nint[] targets, ChannelSums? sums, BufferPool pool)
    {
        var panels = pool.Workspace(run.PanelBytes);
        run.FillPanels(weights, panels);
        run.Run(source, panels, targets, sums, pool);
    }
}
