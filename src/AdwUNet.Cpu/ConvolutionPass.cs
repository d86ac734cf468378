using AdwUNet.Imaging;

namespace AdwUNet.Cpu;

/// <summary>
/// One direction of a convolution: which taps contribute to which outputs, and the tiles in which a <see cref="DirectConvolution{T}"/> computes them.
/// Forward passes of a convolution and backward-data passes of a transposed convolution go from the fine to the coarse grid, the others from the
/// coarse to the fine.
/// </summary>
internal sealed class ConvolutionPass<T>
    where T : struct, IStorageFormat
{
    private readonly bool _down;

    /// <summary>Plans a pass.</summary>
    /// <param name="shape">The convolution.</param>
    /// <param name="down">Whether the pass goes from the fine grid to the coarse grid.</param>
    /// <param name="targets">Channels of each output array; the output channels are divided among these arrays.</param>
    /// <param name="epilogue">How the output is stored.</param>
    /// <param name="statistics">Whether to sum the output channels and their squares; only from the fine grid to the coarse grid.</param>
    public ConvolutionPass(ConvolutionShape shape, bool down, int[] targets, Epilogue epilogue, bool statistics = false)
    {
        (Shape, _down, Targets, Epilogue, Statistics) = (shape, down, targets, epilogue, statistics);
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

    public Epilogue Epilogue { get; }

    public bool Statistics { get; }

    public int InputChannels { get; }

    public int OutputChannels { get; }

    public Shape3 Input { get; }

    public Shape3 OutputGrid { get; }

    /// <summary>Input voxels from one position to the next.</summary>
    public Shape3 InputStep { get; }

    /// <summary>Output voxels from one position to the next. Each phase has one output voxel per position.</summary>
    public Shape3 OutputStep { get; }

    /// <summary>Number of positions along each axis.</summary>
    public Shape3 Positions { get; }

    /// <summary>The first input voxel that a position reads, relative to the position times <see cref="InputStep"/>.</summary>
    public Shape3 Low { get; }

    /// <summary>Number of input voxels that a position reads, along each axis.</summary>
    public Shape3 Span { get; }

    /// <summary>The phases of the output voxels.</summary>
    public Phase<T>[] Phases { get; }

    /// <summary>Whether some outputs have no tap: they are 0.</summary>
    public bool LeavesGaps { get; }

    /// <summary>Bytes of the packed weights.</summary>
    public long PanelBytes { get; }

    /// <summary>Index of a weight in PyTorch's order.</summary>
    public int WeightIndex(int input, int output, int tap) =>
        (((_down ? (output * InputChannels) + input : (input * OutputChannels) + output)) * Shape.Taps) + tap;

    private AxisTaps[] Axis(int axis) => _down
        ? [AxisTaps.Down(Shape.Kernel[axis], Shape.Padding[axis])]
        : [.. Enumerable.Range(0, Shape.Stride[axis]).Select(phase => AxisTaps.Up(Shape.Kernel[axis], Shape.Stride[axis], Shape.Padding[axis], phase))];
}
