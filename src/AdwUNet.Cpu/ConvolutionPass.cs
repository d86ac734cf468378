using AdwUNet.Imaging;

namespace AdwUNet.Cpu;

/// <summary>One direction of a convolution: which taps reach which outputs, and in what tiles a <see cref="DirectRun{T}"/> computes them.</summary>
internal sealed class ConvolutionPass<T>
    where T : struct, IElement
{
    private readonly bool _down;

    /// <summary>Plans a pass.</summary>
    /// <param name="shape">The convolution.</param>
    /// <param name="down">From the fine grid to the coarse one, else back.</param>
    /// <param name="targets">Channels of the arrays among which the output's channels are divided.</param>
    /// <param name="output">How the output is written.</param>
    /// <param name="statistics">Whether its channels' statistics are wanted; only downwards.</param>
    public ConvolutionPass(ConvolutionShape shape, bool down, int[] targets, TileOutput output, bool statistics = false)
    {
        (Shape, _down, Targets, Output, Statistics) = (shape, down, targets, output, statistics);
        (InputChannels, OutputChannels) = down ? (shape.FineChannels, shape.CoarseChannels) : (shape.CoarseChannels, shape.FineChannels);
        (Input, OutputGrid) = down ? (shape.Fine, shape.Coarse) : (shape.Coarse, shape.Fine);
        (InputStep, OutputStep) = down ? (shape.Stride, Shape3.Cube(1)) : (Shape3.Cube(1), shape.Stride);
        var axes = Enumerable.Range(0, 3).Select(Axis).ToArray();
        Low = Shape3.From([.. axes.Select(phases => phases.Min(taps => taps.Offset))]);
        Span = Shape3.From([.. axes.Select((phases, axis) => phases.Max(taps => taps.Offset + taps.Count) - Low[axis])]);
        var positions = Shape3.From([.. Enumerable.Range(0, 3).Select(axis => (OutputGrid[axis] + OutputStep[axis] - 1) / OutputStep[axis])]);
        Positions = positions;
        var phases =
            from z in Enumerable.Range(0, axes[0].Length)
            from y in Enumerable.Range(0, axes[1].Length)
            from x in Enumerable.Range(0, axes[2].Length)
            select new Phase<T>(this, new(z, y, x), axes[0][z], axes[1][y], axes[2][x]);
        Phases = [.. phases.Where(phase => phase.Positions.Count > 0 && phase.Taps > 0)];
        LeavesGaps = axes.Any(taps => taps.Any(t => t.Count == 0));
        PanelBytes = Phases.Sum(phase => phase.PanelBytes);
    }

    public ConvolutionShape Shape { get; }

    public int[] Targets { get; }

    public TileOutput Output { get; }

    public bool Statistics { get; }

    public int InputChannels { get; }

    public int OutputChannels { get; }

    public Shape3 Input { get; }

    public Shape3 OutputGrid { get; }

    /// <summary>Input voxels from one position to the next.</summary>
    public Shape3 InputStep { get; }

    /// <summary>Output voxels from one position to the next; each phase has the outputs of one remainder.</summary>
    public Shape3 OutputStep { get; }

    /// <summary>Positions along each axis.</summary>
    public Shape3 Positions { get; }

    /// <summary>The first input voxel that a position needs, relative to the position times the step.</summary>
    public Shape3 Low { get; }

    /// <summary>Input voxels that a position needs.</summary>
    public Shape3 Span { get; }

    /// <summary>What is computed at every position.</summary>
    public Phase<T>[] Phases { get; }

    /// <summary>Whether there are outputs that no tap reaches.</summary>
    public bool LeavesGaps { get; }

    /// <summary>Bytes of the weights as those tiles read them.</summary>
    public long PanelBytes { get; }

    /// <summary>Where the weight of an input channel, output channel and tap lies in PyTorch's order.</summary>
    public int WeightIndex(int input, int output, int tap) =>
        (((_down ? (output * InputChannels) + input : (input * OutputChannels) + output)) * Shape.Taps) + tap;

    private AxisTaps[] Axis(int axis) => _down
        ? [AxisTaps.Down(Shape.Kernel[axis], Shape.Padding[axis])]
        : [.. Enumerable.Range(0, Shape.Stride[axis]).Select(phase => AxisTaps.Up(Shape.Kernel[axis], Shape.Stride[axis], Shape.Padding[axis], phase))];
}
