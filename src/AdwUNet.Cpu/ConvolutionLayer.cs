namespace AdwUNet.Cpu;

/// <summary>A convolution or transposed convolution for one input size. The plans of the backward passes are created on first use.</summary>
internal sealed unsafe class ConvolutionLayer<T>
    where T : struct, IStorageFormat
{
    private readonly bool _transposed;
    private readonly ConvolutionAlgorithm<T> _forward;
    private readonly Lazy<BackwardWeights<T>> _backwardWeights;
    private readonly Lazy<ConvolutionAlgorithm<T>> _backwardData;
    private readonly Lazy<ConvolutionAlgorithm<T>> _accumulateBackwardData;

    /// <summary>Plans a layer.</summary>
    /// <param name="shape">Grids and kernel. A transposed convolution computes the fine grid from the coarse grid.</param>
    /// <param name="transposed">Whether this is a transposed convolution.</param>
    /// <param name="inputs">Channels of each of the concatenated input arrays.</param>
    /// <param name="epilogue">How the output is stored.</param>
    /// <param name="statistics">Whether the forward pass sums the output channels and their squares.</param>
    public ConvolutionLayer(ConvolutionShape shape, bool transposed, int[] inputs, Epilogue epilogue, bool statistics)
    {
        (Shape, _transposed) = (shape, transposed);
        _forward = Plan(new(shape, !transposed, [transposed ? shape.FineChannels : shape.CoarseChannels], epilogue, statistics));
        _backwardData = new(() => Plan(new(shape, transposed, inputs, T.StoreEpilogue)));
        _accumulateBackwardData = new(() => Plan(new(shape, transposed, inputs, T.AccumulateEpilogue)));
        _backwardWeights = new(() => new(shape));
    }

    /// <summary>Grids and kernel.</summary>
    public ConvolutionShape Shape { get; }

    /// <summary>Computes the output.</summary>
    public void Forward(InputView<T> input, float* weights, byte* output, ChannelSums? sums, BufferPool pool) =>
        Run(_forward, input, weights, [(nint)output], sums, pool);

    /// <summary>Computes the gradient with respect to the input.</summary>
    /// <param name="gradient">Gradient of the output.</param>
    /// <param name="weights">The weights in PyTorch's order.</param>
    /// <param name="inputs">Addresses of the gradients of the input arrays.</param>
    /// <param name="add">Whether to accumulate into these gradients; otherwise they are overwritten.</param>
    /// <param name="pool">Provides buffers and the workspace.</param>
    public void BackwardData(InputView<T> gradient, float* weights, nint[] inputs, bool add, BufferPool pool) =>
        Run((add ? _accumulateBackwardData : _backwardData).Value, gradient, weights, inputs, null, pool);

    /// <summary>Computes the gradient with respect to the weights; overwrites <paramref name="weightGradient"/>.</summary>
    public void BackwardWeights(InputView<T> input, InputView<T> gradient, float* weightGradient, BufferPool pool) =>
        _backwardWeights.Value.Run(_transposed ? gradient : input, _transposed ? input : gradient, weightGradient, pool);

    private static ConvolutionAlgorithm<T> Plan(ConvolutionPass<T> pass) => WinogradConvolution<T>.Supports(pass) ? new WinogradConvolution<T>(pass) : new DirectConvolution<T>(pass);

    private static void Run(ConvolutionAlgorithm<T> run, InputView<T> source, float* weights, nint[] targets, ChannelSums? sums, BufferPool pool)
    {
        var panels = pool.Workspace(run.PanelBytes);
        run.FillPanels(weights, panels);
        run.Run(source, panels, targets, sums, pool);
    }
}
